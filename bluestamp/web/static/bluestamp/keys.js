// Keys that work everywhere: / search, n new, j k x o in lists, ? what the keys are.
(() => {
  "use strict";
  const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

  const actions = {
    "/": () => document.querySelector("[data-key='/']")?.focus(),
    n: () => document.querySelector("[data-key='n']")?.click(),
    "?": () => document.getElementById("keys")?.showModal(),
    ...window.bluestampKeys,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const isPick = event.target.matches?.(".pick");
    if ((typing(event.target) && !isPick) || document.querySelector("dialog[open]")) return;
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Ctrl or Cmd with Enter or S saves the form that one is in.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["Enter", "s"].includes(event.key)) return;
    // The button may stand at the head of the page, outside the form that it belongs to.
    const save = [...(event.target.closest?.("form")?.elements ?? [])].find((one) => one.matches("[data-save]"));
    if (!save) return;
    event.preventDefault();
    save.click();
  });
})();
