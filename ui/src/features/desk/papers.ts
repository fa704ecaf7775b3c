/** What can be signed after a decision. */
export type Paper =
  | { kind: "revoke"; decision: string; /** It is theirs; otherwise they own the policy. */ own: boolean }
  | { kind: "glass"; request: string }
  | { kind: "review"; glass: string; person: string; reason: string };
