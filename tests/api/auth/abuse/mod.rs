//! Account enumeration, password guessing and floods of requests, and what owners learn of them.

mod enumeration;
mod guessing;
mod security_mails;
mod strangers;
