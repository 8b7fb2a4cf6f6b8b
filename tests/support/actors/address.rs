//! Network addresses for actors.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns an address of this machine that no other actor of this program has, so that rate limits
/// by address stay enabled and don't affect other actors. Linux responds to all of 127.0.0.0/8.
pub(crate) fn fresh() -> Ipv4Addr {
    // The stack uses 127.0.0.1 itself.
    static NEXT: AtomicU32 = AtomicU32::new(0x7f01_0001);
    loop {
        let address = Ipv4Addr::from(NEXT.fetch_add(1, Ordering::Relaxed));
        if !matches!(address.octets()[3], 0 | 255) {
            return address;
        }
    }
}
