// Choosing one of many: type to filter, arrows to walk, Enter or Tab to take, Escape to leave it as it was.
// <span class="choice" data-options="accounts">  takes its options from <datalist id="accounts">
// <span class="choice" data-source="/…/choices"> asks the server for them while one types
//   <input role="combobox"> is what one sees, <input type="hidden"> what is sent.
(() => {
  "use strict";
  let counter = 0;

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  class Choice {
    constructor(root) {
      this.root = root;
      this.box = root.querySelector("[role=combobox]");
      this.hidden = root.querySelector("input[type=hidden]");
      this.list = document.createElement("ul");
      this.list.className = "choice-list";
      this.list.id = `choice-${++counter}`;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", this.box.getAttribute("aria-label") || "Choices");
      this.list.setAttribute("popover", "manual");
      root.append(this.list);
      this.box.setAttribute("aria-controls", this.list.id);
      this.label = this.box.value;
      this.at = -1;
      this.listen();
    }

    listen() {
      this.box.addEventListener("focus", () => this.box.select());
      this.box.addEventListener("click", () => this.open(""));
      // What a narrow column cuts off is told to the mouse.
      this.box.addEventListener("mouseenter", () => {
        this.box.title = this.box.scrollWidth > this.box.clientWidth ? this.box.value : "";
      });
      this.box.addEventListener("input", (event) => {
        event.stopPropagation(); // only a choice made counts as a change of the form
        this.open(this.box.value);
      });
      this.box.addEventListener("keydown", (event) => this.key(event));
      this.box.addEventListener("blur", () => this.leave());
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const item = event.target.closest("[role=option]");
        if (item) this.take(item);
      });
    }

    get isOpen() {
      return this.list.matches(":popover-open");
    }

    async open(typed) {
      this.isAsking = true;
      const items = this.root.dataset.source ? await this.asked(typed) : this.offered(typed);
      if (items === null) return; // a later question is under way
      this.isAsking = false;
      if (this.isImpatient) this.takeFirst(items, typed);
      else if (document.activeElement === this.box) this.show(items, typed);
    }

    // Enter or Tab came before the answer: take what it would have marked.
    takeFirst(items, typed) {
      this.isImpatient = false;
      this.fill(items, typed);
      const first = this.options[0];
      if (first && typed.trim()) this.take(first);
      else this.leave();
    }

    async asked(typed) {
      const url = new URL(this.root.dataset.source, location.href);
      url.searchParams.set("q", typed);
      this.asking?.abort();
      this.asking = new AbortController();
      try {
        const answer = await fetch(url, { signal: this.asking.signal, headers: { Accept: "application/json" } });
        return answer.ok ? (await answer.json()).choices : [];
      } catch (trouble) {
        return trouble.name === "AbortError" ? null : [];
      }
    }

    offered(typed) {
      const options = [...(document.getElementById(this.root.dataset.options)?.options || [])];
      const words = fold(typed).split(/\s+/).filter(Boolean);
      const legal = this.legal();
      return options
        .filter((option) => !legal || legal.has(option.value))
        .filter((option) => words.every((word) => fold(`${option.value} ${option.label}`).includes(word)))
        .map((option) => ({
          value: option.value,
          label: option.label,
          hint: option.dataset.hint || "",
          group: option.dataset.group || "",
        }));
    }

    // A tax rate is offered only where it is legal with the line's account.
    legal() {
      const account = this.root.closest("tr")?.querySelector("[data-options=accounts] input[type=hidden]");
      if (this.root.dataset.options !== "tax-rates" || !account?.value) return null;
      const option = optionOf("accounts", account.value);
      return option?.dataset.taxes ? new Set(option.dataset.taxes.split(" ")) : null;
    }

    show(items, typed) {
      this.fill(items, typed);
      this.place();
      const current = this.options.findIndex((option) => option.dataset.value === this.hidden.value);
      this.mark(typed.trim() ? 0 : current);
    }

    fill(items, typed) {
      const wanted = typed.trim();
      if (this.root.dataset.create && wanted && !items.some((item) => fold(item.label) === fold(wanted))) {
        items = [...items, { value: `new:${wanted}`, label: wanted, hint: this.root.dataset.create }];
      }
      this.list.replaceChildren();
      let group = "";
      for (const item of items) {
        if (item.group && item.group !== group) this.list.append(line("group", item.group));
        group = item.group || group;
        this.list.append(this.option(item));
      }
      if (!items.length) this.list.append(line("none", "Nothing matches."));
    }

    option(item) {
      const element = document.createElement("li");
      element.id = `${this.list.id}-${this.list.childElementCount}`;
      element.setAttribute("role", "option");
      element.dataset.value = item.value;
      element.dataset.label = item.shown || item.label;
      element.append(Object.assign(document.createElement("span"), { textContent: item.label }));
      if (item.hint) {
        element.append(Object.assign(document.createElement("span"), { textContent: item.hint, className: "hint" }));
      }
      return element;
    }

    get options() {
      return [...this.list.querySelectorAll("[role=option]")];
    }

    place() {
      if (!this.isOpen) this.list.showPopover();
      const box = this.box.getBoundingClientRect();
      const below = window.innerHeight - box.bottom;
      const width = Math.max(box.width, Math.min(300, window.innerWidth - 24));
      this.list.style.width = `${width}px`;
      this.list.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 12))}px`;
      const up = below < 200 && box.top > below;
      this.list.style.top = up ? "auto" : `${box.bottom + 3}px`;
      this.list.style.bottom = up ? `${window.innerHeight - box.top + 3}px` : "auto";
      this.box.setAttribute("aria-expanded", "true");
    }

    mark(index) {
      const options = this.options;
      this.at = options.length ? Math.max(-1, Math.min(index, options.length - 1)) : -1;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.at)));
      const marked = options[this.at];
      marked?.scrollIntoView({ block: "nearest" });
      if (marked) this.box.setAttribute("aria-activedescendant", marked.id);
      else this.box.removeAttribute("aria-activedescendant");
    }

    key(event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (event.altKey && event.key === "ArrowUp") return;
        event.preventDefault();
        if (!this.isOpen) this.open("");
        else this.mark(this.at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (["Enter", "Tab"].includes(event.key) && this.isAsking && this.box.value !== this.label) {
        this.isImpatient = true;
        if (event.key === "Enter") {
          event.preventDefault();
          event.stopPropagation();
        }
      } else if (event.key === "Enter" && this.isOpen) {
        event.preventDefault();
        event.stopPropagation();
        if (this.options[this.at]) this.take(this.options[this.at]);
      } else if (event.key === "Tab" && this.isOpen && this.options[this.at] && this.box.value !== this.label) {
        this.take(this.options[this.at]);
      } else if (event.key === "Escape" && this.isOpen) {
        event.preventDefault();
        event.stopPropagation();
        this.box.value = this.label;
        this.close();
      }
    }

    take(option) {
      this.set(option.dataset.value, option.dataset.label);
      this.close();
    }

    set(value, label) {
      const changed = this.hidden.value !== value;
      this.hidden.value = value;
      this.box.value = this.label = label;
      this.box.removeAttribute("aria-invalid");
      if (changed) this.hidden.dispatchEvent(new Event("input", { bubbles: true }));
    }

    // An emptied box means "none"; anything else that was not taken goes back to what it was.
    leave() {
      if (this.isImpatient) return;
      if (!this.box.value.trim() && this.label) this.set("", "");
      else this.box.value = this.label;
      this.close();
    }

    close() {
      if (this.isOpen) this.list.hidePopover();
      this.box.setAttribute("aria-expanded", "false");
      this.box.removeAttribute("aria-activedescendant");
    }
  }

  const line = (name, text) => {
    const element = document.createElement("li");
    element.className = name;
    element.setAttribute("role", "presentation");
    element.textContent = text;
    return element;
  };

  const optionOf = (list, value) =>
    [...(document.getElementById(list)?.options || [])].find((option) => option.value === value);

  const choices = new WeakMap();

  const enhance = (root) => {
    for (const element of root.querySelectorAll?.(".choice") || []) {
      if (!choices.has(element)) choices.set(element, new Choice(element));
    }
  };

  // Somebody else chooses: an item of the master list brings its account and its tax rate.
  document.addEventListener("bluestamp:choose", (event) => {
    const root = event.target;
    const { value, label } = event.detail;
    const known = label ?? optionOf(root.dataset.options, value)?.label;
    if (known) choices.get(root)?.set(value, known);
  });

  // An account brings its usual tax rate along when the one chosen is not legal with it, or none is.
  document.addEventListener("input", (event) => {
    const root = event.target.closest?.(".choice[data-options=accounts]");
    const tax = choices.get(event.target.closest?.("tr")?.querySelector("[data-options=tax-rates]"));
    if (!root || !tax) return;
    const account = optionOf("accounts", event.target.value);
    const legal = (account?.dataset.taxes || "").split(" ");
    const usual = optionOf("tax-rates", account?.dataset.tax);
    if (usual && (!tax.hidden.value || !legal.includes(tax.hidden.value))) tax.set(usual.value, usual.label);
  });
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt.parentElement || event.detail.elt));
  document.addEventListener("bluestamp:line", (event) => enhance(event.target));
})();
