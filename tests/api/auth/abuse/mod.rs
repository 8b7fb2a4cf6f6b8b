//! Account enumeration, password guessing, floods of requests, and the mails that report them.

mod enumeration;
mod guessing;
mod security_mails;
mod strangers;
