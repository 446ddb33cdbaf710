// A passkey that was not used: say so where one looks. Without this a cancelled prompt leaves an unchanged page.
(() => {
  "use strict";
  const sentences = {
    NotAllowedError: "No passkey was used: the question was cancelled, took too long, or this device has none for here.",
    InvalidStateError: "This device is added already.",
    SecurityError: "Passkeys work only over https, and only at the address where they were added.",
  };

  document.addEventListener("allauth.error", (event) => {
    const known = sentences[event.detail.exception?.name];
    if (!known) return; // the console keeps what nobody expected
    event.preventDefault();
    const place = document.getElementById("trouble");
    const notice = document.createElement("div");
    notice.className = "notice amber";
    notice.append(Object.assign(document.createElement("p"), { textContent: known }));
    place.replaceChildren(notice);
  });
})();
