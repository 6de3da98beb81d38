// A curve of the size of a word.

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 72, HIGH = 20, EDGE = 2.5; // of its own units, one to a pixel

/** An element of SVG that shows values, null for a gap; what it says stands beside it in words. */
export function sparkline(values) {
  const element = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["class", "spark"], ["viewBox", `0 0 ${WIDE} ${HIGH}`], ["aria-hidden", "true"]]) element.setAttribute(name, value);
  const known = values.filter((value) => value !== null);
  if (!known.length) return element;
  const low = Math.min(...known), high = Math.max(...known);
  const x = (at) => EDGE + (values.length > 1 ? (at / (values.length - 1)) * (WIDE - 2 * EDGE) : WIDE / 2 - EDGE);
  const y = (value) => (high > low ? HIGH - EDGE - ((value - low) / (high - low)) * (HIGH - 2 * EDGE) : HIGH / 2);
  let path = "", open = false, last = 0;
  values.forEach((value, at) => {
    if (value !== null) {
      path += `${open ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      last = at;
    }
    open = value !== null;
  });
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  const dot = document.createElementNS(SVG, "circle");
  for (const [name, value] of [["cx", x(last)], ["cy", y(values[last])], ["r", 2]]) dot.setAttribute(name, value);
  element.append(line, dot);
  return element;
}
