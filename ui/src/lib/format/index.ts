export * as command from "./command";
export * as duration from "./duration";
export * as quantity from "./quantity";
export * as said from "./said";
export * as time from "./time";
