//! Ports and file descriptors of the machine.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4_096;

/// Listens on a port of the loopback address.
pub(super) fn listen(port: u16, what: &str, flag: &str) -> Result<TcpListener> {
    let socket = TcpSocket::new_v4().context("no socket")?;
    // A restart must not wait for connections of the previous run.
    socket.set_reuseaddr(true).context("no socket option")?;
    socket
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .and_then(|()| socket.listen(BACKLOG))
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                anyhow::anyhow!(
                    "port {port} ({what}) is in use; stop what uses it or choose \
                     another with {flag}"
                )
            }
            _ => anyhow::anyhow!(
                "port {port} ({what}) can't be used: {error}; choose another \
                 with {flag}"
            ),
        })
}

/// Raises the limit of open files as far as the system allows: every connection takes two here.
pub(super) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum
        && let Err(error) =
            setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::debug!(%error, "could not raise the limit of open files");
    }
}
