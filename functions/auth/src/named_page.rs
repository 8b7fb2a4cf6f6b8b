//! Pagination of short lists in memory, ordered by name.

use builder_runtime::Paging;
use builder_store::listing::Page;

/// Returns one page of `all`, sorted by name, starting after the name in the cursor.
pub(crate) fn page_by_name<T>(
    mut all: Vec<T>,
    name: impl Fn(&T) -> &String,
    paging: &Paging,
) -> Page<T> {
    all.sort_unstable_by(|one, other| name(one).cmp(name(other)));
    all.retain(|row| paging.after.as_ref().is_none_or(|after| name(row) > after));
    let more = all.len() > paging.limit;
    all.truncate(paging.limit);
    let next = all.last().filter(|_| more).map(|last| name(last).clone());
    Page { items: all, next }
}
