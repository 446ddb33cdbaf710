// The lines of a document: add, remove, move. Amounts are never computed here: the server answers with totals.
(() => {
  "use strict";
  let counter = 0;

  const changed = (table) => table.dispatchEvent(new Event("input", { bubbles: true }));

  const add = (table) => {
    const template = document.getElementById(table.dataset.template);
    const key = `new${Date.now().toString(36)}${++counter}`;
    const holder = document.createElement("tbody");
    holder.innerHTML = template.innerHTML.replaceAll("__key__", key);
    const row = holder.firstElementChild;
    table.tBodies[0].append(row);
    row.dispatchEvent(new Event("bluestamp:line", { bubbles: true }));
    row.querySelector("[name$=-item]").focus();
    changed(table);
  };

  const remove = (row) => {
    const table = row.closest("table");
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    if (next) next.querySelector("[name$=-item]").focus();
    else add(table);
    changed(table);
  };

  const move = (row, up) => {
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (up) other.before(row);
    else other.after(row);
    changed(row.closest("table"));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-line]");
    if (!button) return;
    const row = button.closest("tr");
    const act = button.dataset.line;
    if (act === "add") add(document.getElementById(button.dataset.table));
    else if (act === "remove") remove(row);
    else move(row, act === "up");
    if (act === "up" || act === "down") button.focus();
  });

  // Enter goes to the same column of the next line, and makes a new line after the last one.
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.(".line-table tbody tr");
    if (!row || event.defaultPrevented) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(row, event.key === "ArrowUp");
      event.target.focus();
    } else if (event.key === "Enter" && event.target.matches("input, .one-line")) {
      event.preventDefault();
      const column = event.target.closest("td").cellIndex;
      const next = row.nextElementSibling;
      if (next) next.cells[column].querySelector(".one-line, input:not([type=hidden])")?.focus();
      else if (row.closest("table").dataset.template) add(row.closest("table"));
    }
  });
})();
