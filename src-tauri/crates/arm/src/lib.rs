//! Azure REST client: policies, credentials, poller.
