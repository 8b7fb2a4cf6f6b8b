//! Lists (API reference, "Pagination"): the newest first, a page at a time.

use serde_json::{Value, json};

use crate::books::Table;
use crate::error::ApiError;
use crate::objects::Record;
use crate::request::params::Params;

/// The default and the maximum size of a page.
const USUAL: i64 = 10;
const LONGEST: i64 = 100;

/// The requested part of a list.
#[derive(Debug)]
pub(crate) struct Page {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
    created: Created,
}

/// The requested range of creation times, both ends included.
#[derive(Debug)]
struct Created {
    from: i64,
    to: i64,
}

impl Page {
    /// Takes the parameters that all lists have.
    pub(crate) fn take(params: &mut Params) -> Result<Self, ApiError> {
        let limit = params.integer("limit")?.unwrap_or(USUAL);
        if !(1..=LONGEST).contains(&limit) {
            let (bound, name) = if limit < 1 {
                ("greater than or equal to 1", limit)
            } else {
                ("less than or equal to 100", limit)
            };
            let message = format!("This value must be {bound} (limit is {name}).");
            return Err(ApiError::invalid(message)
                .code("parameter_invalid_integer")
                .param("limit"));
        }
        let starting_after = params.text("starting_after")?;
        let ending_before = params.text("ending_before")?;
        if starting_after.is_some() && ending_before.is_some() {
            let message =
                "You may only specify one of these parameters: starting_after, ending_before.";
            return Err(ApiError::invalid(message).code("parameters_exclusive"));
        }
        let limit = usize::try_from(limit).unwrap_or_default();
        Ok(Self { limit, starting_after, ending_before, created: Created::take(params)? })
    }

    /// Returns the requested objects, and whether there are more in that direction. `kind` is the
    /// type in the error for an unknown cursor.
    ///
    /// # Errors
    /// If a cursor is not an object of the list.
    pub(crate) fn of<'a, T: Record>(
        &self,
        table: &'a Table<T>,
        kind: &str,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<(Vec<&'a T>, bool), ApiError> {
        for (name, cursor) in
            [("starting_after", &self.starting_after), ("ending_before", &self.ending_before)]
        {
            if let Some(cursor) = cursor
                && table.get(cursor).is_none()
            {
                let error = ApiError::no_such(kind, cursor, name);
                return Err(error.status(400));
            }
        }
        let wanted = |row: &&T| {
            (self.created.from..=self.created.to).contains(&row.created()) && wanted(row)
        };
        let newest_first = table.all().iter().rev();
        let mut rows: Vec<&T> = match (&self.starting_after, &self.ending_before) {
            (Some(cursor), _) => newest_first
                .skip_while(|row| row.id() != cursor)
                .skip(1)
                .filter(wanted)
                .take(self.limit + 1)
                .collect(),
            // The objects next to the cursor: counted from it, then reversed.
            (None, Some(cursor)) => table
                .all()
                .iter()
                .skip_while(|row| row.id() != cursor)
                .skip(1)
                .filter(wanted)
                .take(self.limit + 1)
                .collect(),
            (None, None) => newest_first.filter(wanted).take(self.limit + 1).collect(),
        };
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if self.ending_before.is_some() {
            rows.reverse();
        }
        Ok((rows, has_more))
    }
}

impl Created {
    fn take(params: &mut Params) -> Result<Self, ApiError> {
        let mut created = Self { from: i64::MIN, to: i64::MAX };
        if params.is_text("created") {
            let at = params.integer("created")?.unwrap_or_default();
            return Ok(Self { from: at, to: at });
        }
        let Some(mut bounds) = params.inner("created")? else { return Ok(created) };
        for (name, shift) in [("gte", 0), ("gt", 1)] {
            if let Some(bound) = bounds.integer(name)? {
                created.from = created.from.max(bound.saturating_add(shift));
            }
        }
        for (name, shift) in [("lte", 0), ("lt", 1)] {
            if let Some(bound) = bounds.integer(name)? {
                created.to = created.to.min(bound.saturating_sub(shift));
            }
        }
        bounds.finish()?;
        Ok(created)
    }
}

/// Returns the list object.
pub(crate) fn json(path: &str, data: Vec<Value>, has_more: bool) -> Value {
    json!({"object": "list", "data": data, "has_more": has_more, "url": path})
}
