//! An ARM simulator: an HTTP server with a shared clock and scripted faults.
