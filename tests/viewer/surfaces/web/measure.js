// What is wrong with the page as it is laid out: a sentence for each thing that is cut, or that lies over another.
() => {
  const faults = [];
  const wide = document.documentElement.clientWidth, tall = document.documentElement.clientHeight;
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const called = (element) => element.getAttribute("aria-label") || element.textContent.slice(0, 30) || element.className;
  const over = (one, other) => {
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
  };
  const apart = (elements, what) =>
    elements.forEach((one, number) =>
      elements.slice(number + 1).forEach((other) => {
        if (!one.contains(other) && !other.contains(one) && over(one, other)) faults.push(`${what}: ${called(one)} lies over ${called(other)}`);
      }),
    );
  const inside = (element, room, what) => {
    const a = element.getBoundingClientRect();
    if (a.left < room.left - 0.5 || a.right > room.right + 0.5 || a.top < room.top - 0.5 || a.bottom > room.bottom + 0.5)
      faults.push(`${what}: ${called(element)} is cut`);
  };
  const screen = { left: 0, right: wide, top: 0, bottom: tall };
  if (document.documentElement.scrollWidth > wide) faults.push("the page is wider than the window");
  if (document.documentElement.scrollHeight > tall) faults.push("the page is higher than the window");
  const parts = all(".dashboard > *");
  apart(parts, "parts");
  parts.forEach((part) => inside(part, screen, "parts"));
  const pressed = all(".controls :is(button, input, select, span)");
  apart(pressed, "controls");
  const controls = document.querySelector(".controls");
  if (controls.scrollHeight <= controls.clientHeight) pressed.forEach((each) => inside(each, controls.getBoundingClientRect(), "controls"));
  all(".controls .first :is(button, input)").forEach((each) => inside(each, screen, "controls"));
  all("button, .controls span, h1, header p, figcaption span").forEach((each) => {
    if (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline") faults.push(`words: ${called(each)} are cut`);
  });
  const panels = all(".panel");
  apart(panels, "panels");
  const grid = document.querySelector(".grid");
  const whole = grid.getBoundingClientRect();
  panels.forEach((panel) => {
    inside(panel, { left: whole.left, right: whole.right, top: -Infinity, bottom: Infinity }, "panels");
    inside(panel.querySelector(".picture"), panel.getBoundingClientRect(), "pictures");
  });
  if (grid.scrollWidth > grid.clientWidth) faults.push("the panels are wider than the window");
  const scrolls = grid.scrollHeight > grid.clientHeight + 1;
  // A picture that is cut has ink at its edge.
  for (const canvas of all(".panel canvas:not(.empty)")) {
    const { width, height } = canvas, pen = canvas.getContext("2d");
    const paper = pen.getImageData(0, 0, 1, 1).data.join();
    const edges = [pen.getImageData(0, 0, width, 1), pen.getImageData(0, height - 1, width, 1), pen.getImageData(0, 0, 1, height), pen.getImageData(width - 1, 0, 1, height)];
    if (edges.some(({ data }) => { for (let i = 0; i < data.length; i += 4) if (data.slice(i, i + 4).join() !== paper) return true; return false; }))
      faults.push(`pictures: ${called(canvas).split(":")[0]} has ink at its edge`);
  }
  return { faults, scrolls, panels: panels.length, rows: all(".row").length };
}
