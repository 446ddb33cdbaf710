// One act at a time: while a press is being answered, the other acts of the page wait. A second one would act on what the
// first is just changing, and be refused as if somebody else had been there.
(() => {
  "use strict";
  const ACTS = "button:is([hx-post], [type=submit])";
  const isAct = ({ requestConfig, elt }) => requestConfig.verb !== "get" && elt.matches("button, form");
  let asking = null;
  let held = [];
  let last = null;

  // Enter in a field sends its form without any button.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (asking && isAct(event.detail)) event.preventDefault();
  });
  // Not before htmx has gathered what is sent: a button that is shut sends no value.
  document.addEventListener("htmx:beforeSend", (event) => {
    if (!isAct(event.detail)) return;
    asking = event.detail.xhr;
    last = document.activeElement;
    held = [...document.querySelectorAll(ACTS)].filter((button) => !button.disabled);
    for (const button of held) button.disabled = true;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!asking || event.detail.xhr !== asking) return;
    asking = null;
    for (const button of held) button.disabled = false;
    // A button that was shut for a moment has lost the focus.
    if (last?.isConnected && document.activeElement === document.body) last.focus({ preventScroll: true });
    held = [];
    last = null;
  });
})();
