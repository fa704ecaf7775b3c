//! Code, severity and remediation of an error: plain data.
