// A sheet of the viewer: the length of its words (4 bytes, the lowest first), the words as JSON, a PNG for each patch.

/** {words, pictures} of an ArrayBuffer; each picture is its patch, with an image. */
export async function read(data) {
  const length = new DataView(data).getUint32(0, true);
  const words = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  const pictures = await Promise.all(
    words.patches.map(async (patch) => {
      const blob = new Blob([new Uint8Array(data, at, patch.bytes)], { type: "image/png" });
      at += patch.bytes;
      return { ...patch, image: await createImageBitmap(blob) };
    }),
  );
  return { words, pictures };
}
