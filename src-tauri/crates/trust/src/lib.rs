//! Canonical bytes, Merkle tree, SSHSIG, documents, authorize() and Permit; pure.
