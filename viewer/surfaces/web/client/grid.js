// The pictures in rows, as the layout has them, or in fewer columns where they would be too narrow.

import { Panel } from "./panel.js";
import { make } from "./make.js";

const NARROWEST = 250, LOWEST = 190, ONE_COLUMN = 700; // pixels

export class Grid {
  constructor(connection) {
    this.connection = connection;
    this.element = make("section", { class: "grid", "aria-label": "Panels" });
    this.panels = [];
    this.made = "";
    this.sizes = "";
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.element);
    this.ratio = () => this.fit();
    window.addEventListener("resize", this.ratio);
  }

  close() {
    this.watch.disconnect();
    window.removeEventListener("resize", this.ratio);
  }

  show(words, pictures) {
    const made = JSON.stringify(words.grid);
    if (made !== this.made) {
      this.made = made;
      this.rows = words.grid;
      this.panels = words.grid.flat().map((place, number) => new Panel(number, place, this.connection));
      this.sizes = this.placed = "";
      this.fit();
    }
    for (const picture of pictures) this.panels[picture.panel]?.paint(picture);
    for (const panel of this.panels) panel.show(words);
  }

  /** Places the panels, and tells the viewer how large each is. */
  fit() {
    if (!this.rows) return;
    const rows = broken(this.rows, this.element.clientWidth);
    const placed = JSON.stringify(rows.map((row) => row.map((place) => place.width)));
    if (placed !== this.placed) {
      this.placed = placed;
      let number = 0;
      this.element.replaceChildren(
        ...rows.map((row) => {
          const columns = row.map((place) => `minmax(0, ${place.width}fr)`).join(" ");
          return make("div", { class: "row", style: `grid-template-columns: ${columns}` }, ...row.map(() => this.panels[number++].element));
        }),
      );
      this.element.style.setProperty("--lowest", `${LOWEST}px`);
    }
    const sizes = this.panels.map((panel) => panel.room());
    const said = JSON.stringify([window.devicePixelRatio, sizes]);
    if (said === this.sizes || !this.element.clientWidth) return;
    this.sizes = said;
    this.connection.say("sizes", { ratio: window.devicePixelRatio, panels: sizes });
  }
}

/** The rows, one with a panel that would be too narrow in as many as it takes; one column on a narrow page. */
function broken(rows, width) {
  if (width < ONE_COLUMN) return rows.flat().map((place) => [place]);
  return rows.flatMap((row) => {
    const total = row.reduce((sum, place) => sum + place.width, 0);
    const narrowest = Math.min(...row.map((place) => (width * place.width) / total));
    if (narrowest >= NARROWEST || row.length === 1) return [row];
    const parts = Math.ceil(row.length / Math.max(Math.floor(width / NARROWEST), 1));
    const each = Math.ceil(row.length / Math.max(parts, 2));
    const cut = [];
    for (let at = 0; at < row.length; at += each) cut.push(row.slice(at, at + each));
    return cut;
  });
}
