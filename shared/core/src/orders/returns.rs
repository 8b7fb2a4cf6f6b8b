//! The items of an order that are returned. No I/O.

use builder_store::error::{Error, Result, Violation};

use crate::id::ProductId;
use crate::money::half_up;
use crate::orders::order::{Line, Order, ReturnedItem};

impl Order {
    /// Returns the values of these items, each a product and a quantity. With `restock`, those of
    /// tracked products are added to the stock, unless that was done before.
    ///
    /// # Errors
    /// `items-not-returnable` for products that aren't in the order, and for quantities that exceed
    /// what hasn't been returned.
    pub fn returning(
        &self,
        wanted: &[(ProductId, u32)],
        restock: bool,
    ) -> Result<Vec<ReturnedItem>> {
        let mut quantities: Vec<(&Line, u32)> = Vec::new();
        let mut errors: Vec<Violation> = Vec::new();
        for (index, (product, quantity)) in wanted.iter().enumerate() {
            let mut refuse = |member: &str, detail: String| {
                errors.push(Violation::new(format!("/items/{index}/{member}"), detail));
            };
            let Some(line) = self.items.iter().find(|line| line.product_id == *product) else {
                refuse("productId", "is not in the order".to_owned());
                continue;
            };
            let known = quantities.iter_mut().find(|(known, _)| known.product_id == *product);
            let taken = known.as_ref().map_or(0, |(_, quantity)| *quantity);
            let left = line.quantity - line.returned - taken;
            if *quantity > left {
                refuse("quantity", format!("exceeds the quantity left to return, {left}"));
            } else if let Some((_, sum)) = known {
                *sum += quantity;
            } else {
                quantities.push((line, *quantity));
            }
        }
        if !errors.is_empty() {
            let detail = "Some items can't be returned. `errors` lists them.".into();
            return Err(Error::Refused { code: "items-not-returnable", detail, errors });
        }
        Ok(quantities
            .into_iter()
            .map(|(line, quantity)| line.returning(quantity, restock))
            .collect())
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
        let part = i128::from(self.gross.amount) * i128::from(quantity);
        i64::try_from(half_up(part, self.quantity.max(1).into())).unwrap_or(i64::MAX)
    }

    /// Returns the quantity that is still taken from the stock, except for returned items.
    pub(super) fn to_restock(&self) -> u32 {
        if self.tracks_stock { self.quantity - self.returned.max(self.restocked) } else { 0 }
    }
}
