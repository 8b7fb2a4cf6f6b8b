//! The products and quantities of an order, before it is priced.

use std::collections::HashMap;

use builder_store::error::{Error, Result, Violation};

use crate::id::ProductId;
use crate::money::Currency;
use crate::products::{Product, ProductStatus};

/// The maximum number of lines of an order.
pub const MAX_LINES: usize = 50;
/// The maximum quantity of one product in an order.
pub const MAX_QUANTITY: u32 = 10_000;

/// The products of an order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket(Vec<BasketLine>);

/// One product of a basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketLine {
    /// The product.
    pub product: ProductId,
    /// The quantity, 1 to [`MAX_QUANTITY`].
    pub quantity: u32,
    /// The positions in the request, starting at 0.
    positions: Vec<usize>,
}

/// The products of a basket that exist.
pub type Catalogue = HashMap<ProductId, Product>;

impl Basket {
    /// Merges lines of the same product, at the position of the first.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are no lines or more than [`MAX_LINES`], or the quantity of a
    /// product isn't from 1 to [`MAX_QUANTITY`].
    pub fn new(items: impl IntoIterator<Item = (ProductId, u32)>) -> Result<Self> {
        let mut lines: Vec<BasketLine> = Vec::new();
        let (mut violations, mut count) = (Vec::new(), 0);
        for (position, (product, quantity)) in items.into_iter().enumerate() {
            count += 1;
            let line = match lines.iter_mut().find(|line| line.product == product) {
                Some(line) => {
                    line.quantity = line.quantity.saturating_add(quantity);
                    line.positions.push(position);
                    line
                }
                None => lines.push_mut(BasketLine { product, quantity, positions: vec![position] }),
            };
            if quantity == 0 || line.quantity > MAX_QUANTITY {
                let detail = format!("must be from 1 to {MAX_QUANTITY}, in total for each product");
                violations.push(Violation::new(format!("/items/{position}/quantity"), detail));
            }
        }
        if count == 0 || count > MAX_LINES {
            violations.push(Violation::new(
                "/items",
                format!(
                    "must have 1 to {MAX_LINES} different \
                 products"
                ),
            ));
        }
        if violations.is_empty() { Ok(Self(lines)) } else { Err(Error::Invalid(violations)) }
    }

    /// Returns the lines, one for each product.
    #[must_use]
    pub fn lines(&self) -> &[BasketLine] {
        &self.0
    }

    /// Returns the products of the lines, in the same order, and the currency of their prices.
    ///
    /// # Errors
    /// [`Error::Invalid`] if some aren't in the catalogue; `mixed-currencies`.
    pub fn take_from<'a>(&self, catalogue: &'a Catalogue) -> Result<(Vec<&'a Product>, Currency)> {
        let mut products = Vec::with_capacity(self.0.len());
        let mut missing = Vec::new();
        for line in &self.0 {
            match catalogue
                .get(&line.product)
                .filter(|product| product.status == ProductStatus::Active)
            {
                Some(product) => products.push(product),
                // Only admins can see whether it is archived or doesn't exist.
                None => missing.extend(line.violations("productId", "is not in the catalogue")),
            }
        }
        if !missing.is_empty() {
            return Err(Error::Invalid(missing));
        }
        let currency = products
            .first()
            .ok_or_else(|| Error::internal("the basket is empty"))?
            .unit_price
            .currency;
        let other = self
            .0
            .iter()
            .zip(&products)
            .filter(|(_, product)| product.unit_price.currency != currency);
        let errors: Vec<_> = other
            .flat_map(|(line, product)| {
                line.violations(
                    "productId",
                    format!(
                        "has a price in {}, but the first product in {currency}",
                        product.unit_price.currency
                    ),
                )
            })
            .collect();
        if !errors.is_empty() {
            let detail =
                "All products of an order must have prices in the same currency. Place separate \
                 orders."
                    .into();
            return Err(Error::Refused { code: "mixed-currencies", detail, errors });
        }
        Ok((products, currency))
    }
}

impl BasketLine {
    /// Returns the error for too little stock.
    #[must_use]
    pub fn out_of_stock(&self) -> Error {
        Error::Refused {
            code: "out-of-stock",
            detail: "Some products don't have enough stock. `errors` lists them.".into(),
            errors: self.violations(
                "quantity",
                format!("exceeds the available stock; {} were requested", self.quantity),
            ),
        }
    }

    /// Returns a violation for each position of this product in the request.
    fn violations(&self, member: &str, detail: impl Into<String>) -> Vec<Violation> {
        let detail = detail.into();
        self.positions
            .iter()
            .map(|position| Violation::new(format!("/items/{position}/{member}"), detail.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn lines_of_the_same_product_are_merged() {
        let [a, b] = [(); 2].map(|()| ProductId::new(Timestamp::UNIX_EPOCH));
        let basket = Basket::new([(a, 1), (b, 2), (a, 3)]).unwrap();
        let lines: Vec<_> =
            basket.lines().iter().map(|line| (line.product, line.quantity)).collect();
        assert_eq!(lines, [(a, 4), (b, 2)]);
        let Error::Refused { errors, .. } = basket.lines()[0].out_of_stock() else {
            panic!("another error")
        };
        assert_eq!(
            errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(),
            ["/items/0/quantity", "/items/2/quantity"]
        );
    }

    #[test]
    fn invalid_quantities_are_reported_with_their_position() {
        let a = ProductId::new(Timestamp::UNIX_EPOCH);
        let pointers = |items: Vec<(ProductId, u32)>| match Basket::new(items) {
            Err(Error::Invalid(violations)) => {
                violations.into_iter().map(|violation| violation.pointer).collect()
            }
            other => panic!("{other:?}"),
        };
        let none: Vec<String> = pointers(vec![]);
        assert_eq!(none, ["/items"]);
        assert_eq!(pointers(vec![(a, 0)]), ["/items/0/quantity"]);
        assert_eq!(pointers(vec![(a, MAX_QUANTITY), (a, 1)]), ["/items/1/quantity"]);
        assert_eq!(pointers(vec![(a, 1); MAX_LINES + 1]), ["/items"]);
        assert!(Basket::new(vec![(a, 1); MAX_LINES]).is_ok());
    }
}
