/** What the window is made of besides Drillbook itself. Rust's parts are listed in the source. */

export const LICENCES: readonly { name: string; licence: string; for: string }[] = [
  { name: "Drillbook", licence: "Apache-2.0", for: "this application" },
  { name: "Inter", licence: "SIL Open Font License 1.1", for: "text" },
  { name: "JetBrains Mono", licence: "SIL Open Font License 1.1", for: "ids and commands" },
  { name: "Lucide", licence: "ISC", for: "icons" },
  { name: "Bits UI", licence: "MIT", for: "accessible parts" },
  { name: "Svelte", licence: "MIT", for: "the window" },
  { name: "TanStack Virtual", licence: "MIT", for: "long lists" },
  { name: "Tauri", licence: "MIT or Apache-2.0", for: "the shell" },
];
