// Controls that are made alike: each has a name for a screen reader, and is not moved while a hand is on it.

import { make, mark, put } from "./make.js";

const REST = 400; // milliseconds after which a hand has let go of a slider
const ECHO = 5000; // milliseconds within which the viewer answers what was chosen

/** A button that does something, or shows whether something is on. */
export function button(name, act, properties = {}) {
  return make("button", { type: "button", click: act, ...properties }, name);
}

/** A range and a number field for the same. ofRange and ofNumber say what of their values the viewer is told. */
export function slider(name, { ofRange, ofNumber, turn, ...limits }) {
  const range = make("input", { type: "range", min: 0, "aria-label": name, ...limits });
  const number = make("input", { type: "number", min: 0, "aria-label": `${name}, as a number`, ...limits });
  let touched = -Infinity;
  range.addEventListener("input", () => {
    touched = performance.now();
    turn(ofRange(Number(range.value)));
  });
  number.addEventListener("change", () => {
    if (number.value !== "") turn(ofNumber(Number(number.value)));
  });
  number.addEventListener("keydown", leave);
  const word = make("span", { "aria-hidden": "true" }, name);
  const element = make("div", { class: "slider", role: "group", "aria-label": name }, word, range, number);
  const call = (other) => {
    put(word, "textContent", other);
    for (const each of [element, range]) mark(each, "aria-label", other);
    mark(number, "aria-label", `${other}, as a number`);
  };
  const set = (position, value, text = "") => {
    if (performance.now() - touched > REST) put(range, "value", String(position));
    if (document.activeElement !== number || number.value === "") put(number, "value", String(value ?? ""));
    if (text) mark(range, "aria-valuetext", text);
  };
  return { element, range, number, set, call };
}

/** One of several; options are [value, words]. */
export function choice(name, take) {
  const select = make("select", { "aria-label": name });
  let chosen = null; // by hand, and not yet answered: an answer to what was chosen before does not take it back
  let touched = -Infinity;
  select.addEventListener("change", () => {
    chosen = select.value;
    touched = performance.now();
    take(select.value);
    if (!select.matches(":focus-visible")) select.blur(); // chosen by mouse: the keys are those of the page again
  });
  const element = make("label", { class: "choice" }, make("span", { "aria-hidden": "true" }, name), select);
  let made = "";
  const set = (options, value) => {
    const now = JSON.stringify(options);
    if (now !== made) {
      made = now;
      chosen = null;
      select.replaceChildren(...options.map(([each, words]) => make("option", { value: each }, words)));
    }
    element.hidden = options.length < 2;
    if (chosen === String(value) || performance.now() - touched > ECHO) chosen = null;
    put(select, "value", chosen ?? String(value));
  };
  return { element, select, set };
}

/** A line of text with what is wrong with it beneath; enter hands it in. */
export function line(name, take, properties = {}) {
  const input = make("input", { type: "text", "aria-label": name, autocomplete: "off", spellcheck: "false", ...properties });
  const wrong = make("p", { class: "wrong", role: "alert", id: `wrong-${name.replaceAll(" ", "-")}`, hidden: true });
  input.setAttribute("aria-describedby", wrong.id);
  input.addEventListener("change", () => take(input.value));
  input.addEventListener("keydown", (event) => event.key === "Escape" && input.blur());
  const element = make("div", { class: "line" }, make("span", { "aria-hidden": "true" }, name), input, wrong);
  const set = (value, fault = "") => {
    put(wrong, "textContent", fault);
    put(wrong, "hidden", !fault);
    mark(input, "aria-invalid", Boolean(fault));
    if (document.activeElement !== input && !fault) put(input, "value", value);
    put(input, "title", input.value); // all of it, where the field is too narrow
  };
  return { element, input, set };
}

/** Enter hands a number in, and the keys are those of the page again; so they are after Escape. */
function leave(event) {
  if (event.key === "Enter" || event.key === "Escape") event.target.blur();
}
