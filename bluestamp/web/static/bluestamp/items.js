// The item of a line: what one types is looked up in the master list; an item that is taken fills its line.
// <table data-item-source="/…/items/choices" data-kind="invoice">  <textarea data-items name="…-item">
(() => {
  "use strict";
  const WAIT_MS = 150;
  let list = null;
  let box = null;
  let found = [];
  let at = -1;
  let timer = 0;
  let asking = null;

  const listElement = () => {
    if (list?.isConnected) return list;
    list = document.createElement("ul");
    list.className = "choice-list";
    list.id = "item-choices";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Items of the master list");
    list.setAttribute("popover", "manual");
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(Number(option.dataset.place));
    });
    return list;
  };

  const isOpen = () => Boolean(list?.isConnected && list.matches(":popover-open"));

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    if (isOpen()) list.hidePopover();
    box?.removeAttribute("aria-activedescendant");
    at = -1;
  };

  const ask = async () => {
    const table = box.closest("table");
    const form = box.form;
    const url = new URL(table.dataset.itemSource, location.href);
    url.searchParams.set("q", box.value);
    url.searchParams.set("kind", table.dataset.kind);
    const said = { ledger: table.dataset.ledger, company_id: form?.elements.company_id?.value };
    for (const [name, value] of Object.entries(said)) if (value) url.searchParams.set(name, value);
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "application/json" } });
      found = answer.ok ? (await answer.json()).choices : [];
    } catch (trouble) {
      return; // a later question is under way, or nobody answers: then one goes on typing
    }
    if (document.activeElement === box) show();
  };

  const show = () => {
    if (!found.length) return close();
    const element = listElement();
    // Inside a dialog, for what lies outside of an open one can't be pressed.
    (box.closest("dialog") || document.body).append(element);
    element.replaceChildren(...found.map(option));
    if (!isOpen()) element.showPopover();
    const place = box.getBoundingClientRect();
    const width = Math.max(place.width, Math.min(320, window.innerWidth - 24));
    element.style.width = `${width}px`;
    element.style.left = `${Math.max(8, Math.min(place.left, window.innerWidth - width - 12))}px`;
    const up = window.innerHeight - place.bottom < 200 && place.top > 200;
    element.style.top = up ? "auto" : `${place.bottom + 3}px`;
    element.style.bottom = up ? `${window.innerHeight - place.top + 3}px` : "auto";
    box.setAttribute("aria-controls", element.id);
    mark(-1);
  };

  const option = (item, place) => {
    const element = document.createElement("li");
    element.id = `item-choice-${place}`;
    element.setAttribute("role", "option");
    element.dataset.place = String(place);
    element.append(Object.assign(document.createElement("span"), { textContent: item.label }));
    if (item.hint) {
      element.append(Object.assign(document.createElement("span"), { textContent: item.hint, className: "hint" }));
    }
    return element;
  };

  // Nothing is marked until an arrow is pressed, so that Enter after a free text goes on as ever.
  const mark = (index) => {
    at = Math.max(-1, Math.min(index, found.length - 1));
    [...list.children].forEach((element, place) => element.setAttribute("aria-selected", String(place === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", list.children[at].id);
  };

  const choose = (root, detail) => root?.dispatchEvent(new CustomEvent("bluestamp:choose", { bubbles: true, detail }));

  const take = (place) => {
    const item = found[place];
    const row = box.closest("tr");
    const set = (name, value) => {
      const control = row.querySelector(`[name$="-${name}"]`);
      if (control && value !== undefined) control.value = value;
    };
    for (const [name, value] of Object.entries(item.words)) {
      if (["account_code", "tax_type", "supplier_id", "supplier"].includes(name)) continue;
      const control = row.querySelector(`[name$="-${name}"]`);
      if (control?.type === "checkbox") control.checked = Boolean(value);
      else set(name, value);
    }
    if (item.words.supplier_id) choose(row.querySelector("[name$=-supplier_id]")?.closest(".choice"), { value: item.words.supplier_id, label: item.words.supplier });
    set("master_id", item.value);
    for (const [name, options] of [["account_code", "accounts"], ["tax_type", "tax-rates"]]) {
      const root = row.querySelector(`.choice[data-options="${options}"]`);
      if (item.words[name]) choose(root, { value: item.words[name] });
    }
    close();
    row.querySelector('[name$="-item"]').dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "taken" }));
    const quantity = row.querySelector('[name$="-quantity"]');
    quantity?.focus();
    quantity?.select();
  };

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("textarea[data-items]") || event.detail === "taken") return;
    box = event.target;
    box.setAttribute("aria-autocomplete", "list");
    if (!box.value.trim()) {
      const master = box.closest("tr").querySelector('[name$="-master_id"]');
      if (master) master.value = "";
      return close();
    }
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.target !== box || !isOpen() || event.altKey) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(at + (event.key === "ArrowDown" ? 1 : -1));
      else if (event.key === "Enter" && at >= 0) take(at);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  document.addEventListener("focusout", (event) => {
    if (event.target === box) close();
  });
})();
