// Dialogs filled by htmx, menus, receipts, and the truth about a page that is older than the server's.
(() => {
  "use strict";
  const modal = () => document.getElementById("modal");
  let isTyped = false;

  const reveal = () => {
    const dialog = modal();
    if (!dialog?.firstElementChild) return;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[aria-invalid=true], [autofocus]");
    first?.focus({ preventScroll: !first.matches("[aria-invalid=true]") });
  };

  // The address in the bar is the document's while its dialog is open, and the list's once it is closed.
  const closed = () => {
    const dialog = modal();
    isTyped = false;
    const wasDocument = dialog.querySelector("form[data-keep]");
    dialog.replaceChildren();
    if (dialog.dataset.back && location.pathname + location.search !== dialog.dataset.back) {
      history.pushState({}, "", dialog.dataset.back);
    }
    // A preview put aside leaves the list, and what is selected there, as it was.
    if (wasDocument) document.body.dispatchEvent(new Event("documents-changed", { bubbles: true }));
  };

  const mayLeave = () => !isTyped || window.confirm("Leave without saving what you typed?");

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = modal();
    if (!dialog) return;
    dialog.addEventListener("close", closed);
    dialog.addEventListener("cancel", (event) => {
      if (event.target === dialog && !mayLeave()) event.preventDefault();
    });
    dialog.addEventListener("mousedown", (event) => {
      if (event.target === dialog && mayLeave()) dialog.close();
    });
    reveal(); // a page that was asked for by the document's own address comes with the dialog filled
  });
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("form[data-keep], #modal dialog form, #main dialog form")) isTyped = true;
  });
  // A refused form and one drawn anew for another company still hold what was typed.
  const isKept = ({ xhr, requestConfig }) => xhr?.status >= 400 || requestConfig?.path.endsWith("/redraw");
  document.addEventListener("htmx:afterSwap", (event) => {
    const { id } = event.detail.target;
    if (id !== "modal" && id !== "main") return;
    if (!isKept(event.detail)) isTyped = false;
    if (id === "modal") reveal();
  });
  // Somebody typed on while the form was on its way, drawn anew for another branch: it is asked for again, with all of it.
  let typings = 0;
  document.addEventListener("input", () => (typings += 1), true);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => (detail.xhr.typings = typings));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!requestConfig?.path.endsWith("/redraw") || xhr.typings === typings) return;
    event.detail.shouldSwap = false;
    const chosen = requestConfig.elt.querySelector("select");
    setTimeout(() => chosen.dispatchEvent(new Event("change", { bubbles: true })));
  });
  // The document changed at the server: where nobody is typing, show it once the stamp has landed; else the notice asks.
  const LANDING = 900;
  const isBusy = () =>
    isTyped ||
    document.querySelector("dialog[open]:not(#modal), :popover-open") ||
    document.activeElement?.matches("input, select, textarea");
  document.addEventListener("htmx:afterSettle", () => {
    const anew = document.querySelector("#older [data-anew]");
    if (!anew || (isBusy() && !anew.hidden)) return;
    anew.removeAttribute("data-anew");
    anew.closest("#older").hidden = true;
    setTimeout(show, LANDING, anew);
  });
  // A link that nobody sees (only the buttons and the menu are to follow) waits until nobody is busy.
  const show = (anew) => {
    if (!anew.isConnected) return;
    if (!isBusy()) anew.click();
    else if (anew.hidden) setTimeout(show, LANDING, anew);
    else anew.closest("#older").hidden = false;
  };
  // Somebody opened a menu while the page was on its way: it stays open, and the page is asked for again.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const anew = event.detail.requestConfig?.elt;
    if (!anew?.matches?.("#older > a[hidden]") || !isBusy()) return;
    event.detail.shouldSwap = false;
    setTimeout(show, LANDING, anew);
  });
  // Pages that are left with something typed ask first; a form that is sent, or swapped away, no longer holds anything.
  const unsaved = new Set();
  const keep = (form) => form?.matches("form[data-keep]") && unsaved.add(form);
  document.addEventListener("DOMContentLoaded", () => {
    const refused = document.querySelectorAll("form[data-keep]:has([aria-invalid=true])");
    refused.forEach(keep);
  });
  document.addEventListener("input", (event) => keep(event.target.form ?? null));
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[hx-post]")) unsaved.delete(event.target);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (isKept(event.detail)) event.detail.target.querySelectorAll("form[data-keep]").forEach(keep);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) unsaved.clear();
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
  });

  // What was refused is shown where it was typed: its dialog is open again, and the first field that is wrong has the focus.
  const point = () => {
    const refused = document.querySelector("dialog[data-reopen]");
    refused?.removeAttribute("data-reopen");
    if (refused && !refused.open) refused.showModal();
    const place = refused ?? (modal()?.open ? null : document.getElementById("main"));
    place?.querySelector("[aria-invalid=true]")?.focus();
  };
  document.addEventListener("DOMContentLoaded", point);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "main" && event.detail.xhr?.status >= 400) point();
  });

  // A wish of the server: close the dialog (HX-Trigger: close-dialog).
  document.addEventListener("close-dialog", () => modal()?.close());
  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("[data-close]");
    if (!close) return;
    const dialog = close.closest("dialog");
    if (dialog.id !== "modal" || mayLeave()) dialog.close();
  });

  // Browsers that do not know invoker commands or anchored menus yet.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[command=show-modal]");
    if (!button || "commandForElement" in HTMLButtonElement.prototype) return;
    document.getElementById(button.getAttribute("commandfor"))?.showModal();
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const menu = event.target;
      if (!menu.matches?.(".menu") || event.newState !== "open" || CSS.supports("position-area: bottom")) return;
      const box = document.querySelector(`[popovertarget=${menu.id}]`)?.getBoundingClientRect();
      if (!box) return;
      menu.style.left = `${Math.max(8, box.right - menu.offsetWidth)}px`;
      const below = box.bottom + menu.offsetHeight < window.innerHeight;
      menu.style.top = below ? `${box.bottom}px` : `${box.top - menu.offsetHeight - 8}px`;
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const menu = event.target.closest?.(".menu");
    if (menu && event.target.closest("a, button")) menu.hidePopover();
  });

  // Receipts: dropped anywhere on their field, or photographed.
  const dropOf = (event) => event.target.closest?.(".drop");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const drop = dropOf(event);
      if (!drop) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => dropOf(event)?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const drop = dropOf(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("over");
    const input = drop.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const name = event.target.closest?.(".drop")?.querySelector("[data-name]");
    if (name && event.target.files?.[0]) name.textContent = event.target.files[0].name;
  });

  // The server broke or can't be reached: say so where one looks, and keep the page as it is.
  const trouble = (sentence) => {
    const place = modal()?.open ? modal().querySelector("[data-trouble]") : document.getElementById("notice");
    if (!place) return;
    const notice = document.createElement("div");
    notice.className = "notice red";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("p"), { textContent: sentence }));
    place.replaceChildren(notice);
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.requestConfig.verb === "get" && event.detail.elt.matches("[data-quiet]")) return;
    trouble("Bluestamp could not do that: something broke on our side. What you typed is still here; try again.");
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-quiet]")) return;
    trouble("Bluestamp can't be reached. What you typed is still here; try again in a moment.");
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit]")) event.target.form.requestSubmit();
  });
})();
