// Lists: select rows (click, Shift-click, x), walk them (j, k), open (Enter). The server says what they sum to.
(() => {
  "use strict";
  let last = null;

  const picks = () => [...document.querySelectorAll(".list .pick")];
  const rows = () => [...document.querySelectorAll(".list tbody tr[data-id]")];
  const tell = () => document.body.dispatchEvent(new Event("picked", { bubbles: true }));

  document.addEventListener("click", (event) => {
    const pick = event.target;
    if (!pick.matches?.(".pick")) return;
    const all = picks();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(pick)].sort((a, b) => a - b);
      for (const other of all.slice(from, to + 1)) other.checked = pick.checked;
    }
    last = pick;
    tell();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.(".pick-all")) return;
    for (const pick of picks()) pick.checked = event.target.checked;
    tell();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-unpick]")) return;
    for (const pick of document.querySelectorAll(".pick, .pick-all")) pick.checked = false;
    tell();
  });

  // A list drawn anew has nothing selected; a bar that shows progress stays as it is.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "list" && document.querySelector("#select-bar form")) tell();
  });

  const at = () => document.querySelector(".list tr.at");

  const walk = (step) => {
    const all = rows();
    const now = at();
    const next = all[Math.max(0, Math.min(all.length - 1, now ? all.indexOf(now) + step : 0))];
    now?.classList.remove("at");
    next?.classList.add("at");
    next?.scrollIntoView({ block: "nearest" });
    next?.querySelector("a.opens")?.focus({ preventScroll: true });
  };

  window.bluestampKeys = {
    j: () => walk(1),
    k: () => walk(-1),
    x: () => at()?.querySelector(".pick")?.click(),
    o: () => at()?.querySelector("a.opens")?.click(),
  };
})();
