//! The items of an order that are returned. No I/O.

use builder_store::error::{Error, Result, Violation};

use crate::id::ProductId;
use crate::orders::order::{Line, Order, ReturnedItem};

impl Order {
    /// Returns the values of these items, each a product and a quantity. With `restock`, those of
    /// tracked products are added to the stock, unless that was done before.
    ///
    /// # Errors
    /// [`Error::Invalid`] for products that aren't in the order or are repeated, and for quantities
    /// that exceed what hasn't been returned.
    pub fn returning(
        &self,
        wanted: &[(ProductId, u32)],
        restock: bool,
    ) -> Result<Vec<ReturnedItem>> {
        let (mut items, mut violations): (Vec<ReturnedItem>, Vec<Violation>) = Default::default();
        for (index, (product, quantity)) in wanted.iter().enumerate() {
            let mut refuse = |member: &str, detail: String| {
                violations.push(Violation::new(format!("/items/{index}/{member}"), detail));
            };
            let Some(line) = self.items.iter().find(|line| line.product_id == *product) else {
                refuse("productId", "is not in the order".to_owned());
                continue;
            };
            if items.iter().any(|item| item.product_id == *product) {
                refuse("productId", "must be listed once".to_owned());
                continue;
            }
            let left = line.quantity - line.returned;
            if (1..=left).contains(quantity) {
                items.push(line.returning(*quantity, restock));
            } else if left == 0 {
                refuse("quantity", "all of it has been returned".to_owned());
            } else {
                refuse(
                    "quantity",
                    format!("must be from 1 to {left}, the quantity left to return"),
                );
            }
        }
        if violations.is_empty() { Ok(items) } else { Err(Error::Invalid(violations)) }
    }

    /// Returns everything that hasn't been returned, to be added to the stock.
    #[must_use]
    pub fn returning_rest(&self) -> Vec<ReturnedItem> {
        let left = self.items.iter().map(|line| (line, line.quantity - line.returned));
        left.filter(|(_, left)| *left > 0).map(|(line, left)| line.returning(left, true)).collect()
    }
}

impl Line {
    /// The value is the difference of two rounded values, so that the values of all returned items
    /// sum to the line's total.
    fn returning(&self, quantity: u32, restock: bool) -> ReturnedItem {
        let after = self.returned + quantity;
        let restocked = if restock && self.tracks_stock {
            after.saturating_sub(self.restocked).min(quantity)
        } else {
            0
        };
        ReturnedItem {
            product_id: self.product_id,
            quantity,
            value: self.value_of(after) - self.value_of(self.returned),
            restocked,
        }
    }

    /// Returns the part of the line's total including tax that a quantity has, rounded half up.
    fn value_of(&self, quantity: u32) -> i64 {
        let (total, all) = (i128::from(self.gross.amount), i128::from(self.quantity.max(1)));
        i64::try_from((2 * total * i128::from(quantity) + all) / (2 * all)).unwrap_or(i64::MAX)
    }

    /// Returns the quantity that is still taken from the stock, except for returned items.
    pub(super) fn to_restock(&self) -> u32 {
        if self.tracks_stock { self.quantity - self.returned.max(self.restocked) } else { 0 }
    }
}
