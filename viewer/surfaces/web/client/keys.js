// The keys of the window, and no others; none while somebody types, or where an element has a use for it itself.

const NAMES = { ArrowRight: "right", ArrowLeft: "left", Home: "home", End: "end" };
const PLAIN = [" ", "+", "=", "-", "t", "s", "c", "o", "b", "l", "r", "?"];
const TYPING = "input:not([type=range]):not([type=checkbox]), textarea, [contenteditable]";

/** The viewer's name of the key that was pressed; null for one that is none of ours. */
export function keyOf(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return null;
  if (target.closest?.(TYPING) || target.closest?.("dialog")) return null;
  if (target.closest?.("select")) return null;
  if (target.closest?.("input[type=range]") && NAMES[key]) return null;
  if (target.closest?.("button, summary, a, input[type=checkbox]") && key === " ") return null;
  if (key in NAMES) return event.shiftKey && key.startsWith("Arrow") ? `shift+${NAMES[key]}` : NAMES[key];
  return PLAIN.includes(key) ? key : null;
}
