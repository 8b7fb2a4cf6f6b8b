//! The journey through all routes.

mod account;
mod admin;
mod email;
mod identities;
mod invoices;
mod keys;
mod password;
pub(super) mod payment;
mod second_factor;
mod shop;
mod visitor;

use anyhow::{Context as _, Result};
use builder_tests::catalogue;
use serde_json::json;

use super::{Bill, jobs};

/// Number of users, of products, and of orders of the one user: more than a page of a list.
const MANY: usize = 25;

/// Creates the first admin, and fills the catalogue and the list of users. Returns the products
/// that may be ordered.
///
/// # Errors
/// If there is no admin; any other failure ends the program.
pub async fn prepare(bill: &mut Bill) -> Result<Vec<String>> {
    jobs::first_admin(bill).await?;
    let admin = bill.stack.admin().await;
    let mut products = Vec::new();
    for _ in 0..MANY {
        bill.stack.user().await;
        products.push(catalogue::create(&admin, json!({ "stock": 1_000_000 })).await);
    }
    Ok(products)
}

/// Calls each route at least once, as one user; in the second round, all functions are warm.
///
/// # Errors
/// If a route or a member of a response is missing.
pub async fn round(bill: &mut Bill, products: &[String]) -> Result<()> {
    let admin = bill.stack.admin().await;
    visitor::look_around(bill).await?;
    let user = visitor::register(bill).await?;
    account::own(bill, &user).await?;
    keys::manage(bill, &user, &admin).await?;
    identities::link(bill, &user).await?;
    second_factor::use_and_lose(bill, &user, &admin).await?;
    let user = password::forget_and_change(bill, &user).await?;
    email::change_and_leave(bill).await?;
    admin::settings(bill, &admin).await?;
    shop::keep(bill, &admin).await?;
    let order = shop::order(bill, &user, products).await?;
    payment::pay_and_refund(bill, &user, &admin, &order).await?;
    invoices::issue_and_void(
        bill,
        &user,
        &admin,
        products.first().context("there are no products")?,
    )
    .await?;
    admin::look(bill, &admin).await?;
    admin::manage(bill, &admin, &user).await
}
