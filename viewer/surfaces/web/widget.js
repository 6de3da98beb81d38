// The widget of a notebook's cell: a frame with the page, and a bridge between it and the kernel.

export default {
  render({ model, el }) {
    const id = Math.random().toString(36).slice(2).padEnd(8, "0").slice(0, 8);
    const frame = document.createElement("iframe");
    frame.title = "epochreel";
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 1px solid #8884; resize: vertical; display: block`;
    const said = (event) => {
      if (event.source === frame.contentWindow) model.send({ id, say: event.data });
    };
    const heard = (content, buffers) => {
      if (content.id !== id && content.id !== "") return;
      const { buffer, byteOffset, byteLength } = buffers[0] ?? new DataView(new ArrayBuffer(0));
      frame.contentWindow?.postMessage(buffer.slice(byteOffset, byteOffset + byteLength), "*");
    };
    window.addEventListener("message", said);
    model.on("msg:custom", heard);
    frame.srcdoc = model.get("page");
    el.append(frame);
    return () => {
      window.removeEventListener("message", said);
      model.off("msg:custom", heard);
      frame.remove();
    };
  },
};
