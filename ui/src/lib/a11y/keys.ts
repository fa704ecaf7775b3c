/** The keyboard map: one list, from which the handler and the dialog of shortcuts are both made. */

export type Shortcut = { keys: string; does: string; group: string; run?: () => void; when?: () => boolean };

/** True while the person types, so that single letters are letters. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button)$/.test((target as HTMLInputElement).type);
}

/** `Ctrl+Shift+4` for an event; letters in upper case, `?` as itself. */
export function chord(event: KeyboardEvent): string {
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const key = event.shiftKey && digit && (event.ctrlKey || event.metaKey) ? digit : event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && (event.key.length > 1 || /[A-Za-z]/.test(event.key) || parts.length)) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

/** Runs the first shortcut that fits; single keys rest while someone types or a dialog is open. */
export function dispatch(event: KeyboardEvent, shortcuts: readonly Shortcut[]): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const pressed = chord(event);
  const single = !pressed.includes("Ctrl") && !pressed.includes("Alt");
  if (single && (typing(event.target) || document.querySelector("dialog[open]"))) return false;
  const found = shortcuts.find((shortcut) => shortcut.keys === pressed && shortcut.run && (shortcut.when?.() ?? true));
  if (!found?.run) return false;
  event.preventDefault();
  found.run();
  return true;
}
