//! Checks projections: a query of a global secondary index can't request attributes that aren't
//! projected into it.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#DDB-Query-request-ProjectionExpression>

use std::collections::HashMap;

use super::Catalogue;
use crate::cloud::error::AwsError;

/// The attributes that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud::dynamodb) struct Asked<'a> {
    pub(in crate::cloud::dynamodb) table: &'a str,
    pub(in crate::cloud::dynamodb) index: &'a str,
    pub(in crate::cloud::dynamodb) expression: Option<&'a str>,
    pub(in crate::cloud::dynamodb) names: Option<&'a HashMap<String, String>>,
    pub(in crate::cloud::dynamodb) attributes: Option<&'a [String]>,
}

/// Checks that all of them are projected into the index.
///
/// # Errors
/// `ValidationException`.
pub(in crate::cloud::dynamodb) fn check(
    asked: Asked<'_>,
    catalogue: &Catalogue,
) -> Result<(), AwsError> {
    let Some(projected) = catalogue.projected(asked.table, asked.index) else { return Ok(()) };
    let lacks = wanted(&asked).find(|attribute| !projected.iter().any(|name| name == attribute));
    match lacks {
        None => Ok(()),
        Some(attribute) => Err(AwsError::invalid(
            "com.amazon.coral.validate#ValidationException",
            format!(
                "One or more parameter values were invalid: Global secondary index {} does not \
                 project [{attribute}]",
                asked.index
            ),
        )),
    }
}

/// Returns the attributes at the beginning of each path.
fn wanted<'a>(asked: &Asked<'a>) -> impl Iterator<Item = &'a str> {
    let names = asked.names;
    let paths = asked.expression.into_iter().flat_map(|expression| expression.split(','));
    let roots = paths.map(move |path| {
        let root = path.trim().split(['.', '[']).next().unwrap_or_default().trim();
        names.and_then(|names| names.get(root)).map_or(root, String::as_str)
    });
    roots
        .chain(asked.attributes.into_iter().flatten().map(String::as_str))
        .filter(|root| !root.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_by_their_first_element() {
        let names = HashMap::from([("#s".to_owned(), "state.of it".to_owned())]);
        let attributes = ["d".to_owned()];
        let asked = Asked {
            table: "T",
            index: "i",
            expression: Some("a, b.c[1] ,#s.x , e[0]"),
            names: Some(&names),
            attributes: Some(&attributes),
        };
        assert_eq!(wanted(&asked).collect::<Vec<_>>(), ["a", "b", "state.of it", "e", "d"]);
    }
}
