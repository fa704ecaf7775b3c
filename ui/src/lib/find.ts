/** Finding by words: every one of them, in any case, anywhere in the text. */

export function matcher(search: string): (text: string) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => {
    const lower = words.length ? text.toLowerCase() : "";
    return words.every((word) => lower.includes(word));
  };
}

/** Puts the keyboard into the search of the room, if it has one. */
export function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"], nav input[type="search"]');
  field?.focus();
  field?.select();
}
