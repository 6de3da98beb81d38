// HTML in a line: make("button", {class: "small", click: act}, "words").

/** An element; functions among its properties are listeners, the rest attributes (true for one without a value). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "style") element.style.cssText = value; // an attribute would be refused by the policy of the door
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets a property unless it is so already, so that nothing is laid out or announced again. */
export function put(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

/** The same of an attribute. */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
}
