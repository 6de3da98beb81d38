// One picture: its canvas, its buttons, and mouse and finger on it.

import { button } from "./fields.js";
import { make, mark, put } from "./make.js";

const BOX = 8; // pixels from which a drag is a box

export class Panel {
  /** hooks: say(type, words), enlarge(panel). */
  constructor(number, place, hooks) {
    Object.assign(this, { number, hooks, name: place.name, facts: {}, zooming: false });
    this.canvas = make("canvas", { class: "empty", role: "img", "aria-label": place.name, tabindex: 0 });
    this.said = make("output", { class: "said", hidden: true });
    this.box = make("div", { class: "box", hidden: true });
    this.picture = make("div", { class: "picture" }, this.canvas, this.box, this.said);
    this.zoom = button("⌕", (event) => this.press(event), { "aria-label": `zoom ${place.name}`, "aria-pressed": "false" });
    this.large = button("⤢", () => hooks.enlarge(this), { "aria-label": `enlarge ${place.name}`, "aria-pressed": "false" });
    this.element = make("figure", { class: "panel" }, make("figcaption", {}, make("span", {}, place.name), this.zoom, this.large), this.picture);
    this.pen = this.canvas.getContext("2d");
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"]) {
      this.canvas.addEventListener(name, (event) => this.point(event));
    }
    this.canvas.addEventListener("dblclick", () => this.say("zoom", { box: null }));
  }

  /** The room for its picture, in pixels of the page; null where it is not in sight. */
  room() {
    const { width, height } = this.picture.getBoundingClientRect();
    return width >= 1 && height >= 1 ? [width, height] : null;
  }

  paint({ image, left, top, size: [wide, tall] }) {
    if (this.canvas.width !== wide || this.canvas.height !== tall) {
      this.canvas.width = wide;
      this.canvas.height = tall;
    }
    this.pen.drawImage(image, left, top);
    this.canvas.classList.remove("empty");
    image.close();
  }

  show(facts, said) {
    if (facts && facts !== this.facts) {
      this.facts = facts;
      mark(this.canvas, "aria-label", facts.alt);
      put(this.zoom, "hidden", !facts.zooms);
      mark(this.zoom, "aria-pressed", this.zooming || facts.zoomed);
      this.zoom.title = facts.zoomed ? "show all again" : "drag a box to zoom into (or shift and drag)";
    }
    put(this.said, "hidden", !(this.over && said));
    if (this.over) put(this.said, "textContent", said);
  }

  enlarged(on) {
    this.element.classList.toggle("large", on);
    mark(this.large, "aria-pressed", on);
    mark(this.large, "aria-label", `${on ? "shrink" : "enlarge"} ${this.name}`);
  }

  /** The zoom button: takes a zoom back; else the next drag draws a box; by keyboard, the half around the middle. */
  press(event) {
    if (this.facts.zoomed) this.say("zoom", { box: null });
    else if (event.detail === 0) this.say("zoom", { box: [0.25, 0.25, 0.75, 0.75] });
    else this.zooming = !this.zooming;
    mark(this.zoom, "aria-pressed", this.zooming);
    this.canvas.classList.toggle("zooming", this.zooming);
  }

  point(event) {
    const room = this.canvas.getBoundingClientRect();
    const at = [(event.clientX - room.left) / room.width, (event.clientY - room.top) / room.height];
    this.over = event.type !== "pointerleave" && event.type !== "pointercancel";
    if (event.type === "pointerdown" && event.button === 0) {
      this.canvas.setPointerCapture(event.pointerId);
      this.corner = this.facts.zooms && (this.zooming || event.shiftKey || !this.facts.moves) ? at : null;
      this.held = true;
    }
    if (this.corner) return this.frame(event, at);
    const gone = ["pointerup", "pointercancel", "pointerleave"].includes(event.type);
    const what = gone ? "leave" : event.type === "pointerdown" ? "press" : this.held ? "drag" : "over";
    if (gone) this.held = false;
    this.beside(at, room);
    if (event.type !== "pointerleave" || !event.buttons) this.say("pointer", { x: at[0], y: at[1], what });
  }

  /** Draws the box of a zoom, and zooms into it at the end. */
  frame(event, at) {
    const ends = [0, 1].map((side) => [this.corner[side], at[side]].map((end) => Math.min(Math.max(end, 0), 1)).sort((a, b) => a - b));
    const [[left, right], [top, bottom]] = ends;
    const room = this.canvas.getBoundingClientRect();
    const large = (right - left) * room.width > BOX && (bottom - top) * room.height > BOX;
    Object.assign(this.box.style, { left: `${100 * left}%`, top: `${100 * top}%`, width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
    put(this.box, "hidden", !large);
    if (event.type !== "pointerup" && event.type !== "pointercancel") return;
    if (large && event.type === "pointerup") this.say("zoom", { box: [left, top, right, bottom] });
    else if (event.type === "pointerup") this.say("pointer", { x: at[0], y: at[1], what: "press" });
    this.corner = this.held = null;
    this.zooming = false;
    this.canvas.classList.remove("zooming");
    put(this.box, "hidden", true);
  }

  /** Places the read-out beside the pointer, on the side where there is room. */
  beside([x, y], { width, height }) {
    const style = this.said.style;
    style.left = x < 0.5 ? `${x * width + 14}px` : "auto";
    style.right = x < 0.5 ? "auto" : `${(1 - x) * width + 14}px`;
    style.top = y < 0.5 ? `${y * height + 14}px` : "auto";
    style.bottom = y < 0.5 ? "auto" : `${(1 - y) * height + 14}px`;
  }

  say(type, words) {
    this.hooks.say(type, { panel: this.number, ...words });
  }
}
