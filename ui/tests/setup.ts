import { cleanup } from "@testing-library/svelte";
import { afterEach } from "vitest";

// jsdom has no modal dialogs: an open attribute is enough for what is tested here.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.setAttribute("open", "");
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.removeAttribute("open");
};

// axe measures with a canvas where there is one; without, it says nothing of colours.
HTMLCanvasElement.prototype.getContext = (() => null) as typeof HTMLCanvasElement.prototype.getContext;

afterEach(() => {
  cleanup();
  location.hash = "";
});
