// Completion of the last name in a line of formulas: a list below it, for arrows, mouse and finger.

import { make } from "./make.js";

const MOST = 8;
const NAME = /[@\w]*$/;

/** Adds completion to a line; names() gives all names. */
export function complete({ element, input }, names) {
  const id = `names-${input.getAttribute("aria-label").replaceAll(" ", "-")}`;
  const list = make("ul", { class: "names", role: "listbox", id, "aria-label": "names", hidden: true });
  element.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": id })) {
    input.setAttribute(name, value);
  }
  let at = -1;

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function take(name) {
    const before = input.value.slice(0, input.selectionStart), after = input.value.slice(input.selectionStart);
    const kept = before.replace(NAME, (typed) => (name.startsWith("@") ? typed.slice(0, typed.lastIndexOf("@")) : ""));
    input.value = kept + name + after;
    input.setSelectionRange(kept.length + name.length, kept.length + name.length);
    close();
  }

  function open() {
    const typed = NAME.exec(input.value.slice(0, input.selectionStart))[0];
    const sought = typed.includes("@") ? typed.slice(typed.lastIndexOf("@")) : typed;
    const found = sought ? names().filter((name) => name !== sought && fits(name, sought)) : [];
    found.sort((one, two) => two.startsWith(sought) - one.startsWith(sought));
    at = -1;
    list.replaceChildren(
      ...found.slice(0, MOST).map((name, number) =>
        make("li", {
          role: "option", id: `${id}-${number}`, "aria-selected": "false",
          pointerdown: (event) => { event.preventDefault(); take(name); },
        }, name),
      ),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  function move(by) {
    const items = [...list.children];
    at = (at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    input.setAttribute("aria-activedescendant", items[at].id);
  }

  input.addEventListener("input", open);
  input.addEventListener("blur", close);
  input.addEventListener("change", close); // handed in: what is wrong with it stands where the list would
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) take(list.children[at].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  close();
}

function fits(name, sought) {
  return sought.startsWith("@") ? name.startsWith(sought) : name.toLowerCase().includes(sought.toLowerCase());
}
