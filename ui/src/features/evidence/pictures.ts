/** Pictures that people paste or drop: only PNG and JPEG, and not too large to keep. */

const LIMIT = 16 * 1024 * 1024;

/** The first picture of a clipboard or a drop; `null` when there is none. */
export function pictureOf(data: DataTransfer | null): File | null {
  for (const file of data?.files ?? []) if (/^image\/(png|jpeg)$/.test(file.type)) return file;
  return null;
}

/** Why a file cannot be evidence; `null` when it can. */
export function refusal(file: File): string | null {
  return file.size > LIMIT ? "The picture is larger than 16 MB. Capture a window instead of the whole screen." : null;
}

/** The bytes as base64, in pieces, because a call with millions of arguments fails. */
export async function base64(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
