//! The runbook format, its linter, its digest, its JSON Schema; pure.
