// The widget of a notebook's cell: a frame with the page, and a bridge between it and the kernel.

export default {
  render({ model, el }) {
    const id = Math.random().toString(36).slice(2).padEnd(8, "0").slice(0, 8);
    const frame = document.createElement("iframe");
    frame.title = "epochreel";
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 1px solid #8884; resize: vertical; display: block`;
    let answered = false;
    const show = (sheet) => {
      const { buffer, byteOffset, byteLength } = sheet;
      frame.contentWindow?.postMessage({ sheet: buffer.slice(byteOffset, byteOffset + byteLength), answered }, "*");
    };
    const first = () => {
      if (!answered && model.get("first")?.byteLength) show(model.get("first"));
    };
    const said = (event) => {
      if (event.source !== frame.contentWindow) return;
      if (event.data === "here") first();
      else model.send({ id, say: event.data });
    };
    const heard = (content, buffers) => {
      if (content.id !== id && content.id !== "") return;
      answered = true;
      if (content.heard) frame.contentWindow?.postMessage({ heard: true }, "*");
      else show(buffers[0] ?? new DataView(new ArrayBuffer(0)));
    };
    window.addEventListener("message", said);
    model.on("msg:custom", heard);
    model.on("change:first", first);
    frame.srcdoc = model.get("page");
    el.append(frame);
    return () => {
      window.removeEventListener("message", said);
      model.off("msg:custom", heard);
      model.off("change:first", first);
      frame.remove();
    };
  },
};
