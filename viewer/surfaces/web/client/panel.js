// One picture: its canvas, and mouse and finger on it.

import { make, put } from "./make.js";

export class Panel {
  constructor(number, place, connection) {
    this.number = number;
    this.connection = connection;
    this.canvas = make("canvas", { role: "img", "aria-label": place.name, tabindex: 0 });
    this.said = make("output", { class: "said", hidden: true });
    this.element = make("figure", { class: "panel" }, this.canvas, this.said);
    this.pen = this.canvas.getContext("2d", { alpha: false });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"]) {
      this.canvas.addEventListener(name, (event) => this.point(event));
    }
  }

  /** The room for its picture, in pixels of the page. */
  room() {
    const { width, height } = this.element.getBoundingClientRect();
    return width >= 1 && height >= 1 ? [width, height] : null;
  }

  paint({ image, left, top, size: [wide, tall] }) {
    if (this.canvas.width !== wide || this.canvas.height !== tall) {
      this.canvas.width = wide;
      this.canvas.height = tall;
    }
    this.pen.drawImage(image, left, top);
    image.close();
  }

  show(words) {
    put(this.said, "hidden", !(this.over && words.said));
    if (this.over) put(this.said, "textContent", words.said);
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
    if (event.type === "pointerdown" && event.button === 0) {
      this.canvas.setPointerCapture(event.pointerId);
      this.held = true;
    }
    const gone = ["pointerup", "pointercancel"].includes(event.type);
    if (gone) this.held = false;
    this.over = event.type !== "pointerleave";
    const what = !this.over || gone ? "leave" : event.type === "pointerdown" ? "press" : this.held ? "drag" : "over";
    this.said.style.left = `${event.clientX - box.left + 14}px`;
    this.said.style.top = `${event.clientY - box.top + 14}px`;
    this.connection.say("pointer", { panel: this.number, x, y, what });
  }
}
