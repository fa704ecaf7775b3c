/// <reference types="svelte" />
/// <reference types="vite/client" />

/** True in `npm run dev` and in tests, where no Rust answers. Folded away by the shell's build. */
declare const __FAKE__: boolean;
