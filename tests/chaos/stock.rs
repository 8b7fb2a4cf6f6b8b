//! Nothing is sold twice.

use builder_tests::{Stack, User, catalogue, fresh_key};
use futures::future::join_all;
use serde_json::json;

use crate::{persist, walk};

const BUYERS: usize = 64;
const STOCK: u32 = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_orders_sell_exactly_the_stock() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let admin = stack.admin().await;
    let product = catalogue::stocked(&admin, STOCK).await;
    let buyers = join_all((0..BUYERS).map(|_| stack.user())).await;

    let sold = join_all(
        buyers.into_iter().map(|buyer| tokio::spawn(buy_until_sold_out(buyer, product.clone()))),
    )
    .await;
    let sold: Vec<u32> = sold.into_iter().map(|buyer| buyer.unwrap()).collect();
    let total: u32 = sold.iter().sum();
    let left = catalogue::stock_of(&admin, &product).await;
    let orders = walk(&admin, "/api/v1/orders?limit=100&status=pending").await.len();
    println!(
        "stock: {BUYERS} parallel buyers, {total} sold of {STOCK}, {left} left, {orders} orders, \
         {} buyers got some",
        sold.iter().filter(|sold| **sold > 0).count()
    );
    assert_eq!((total, left, orders), (STOCK, 0, STOCK as usize));
}

/// Buys one unit at a time until sold out. Returns how many.
async fn buy_until_sold_out(buyer: User, product: String) -> u32 {
    let mut bought = 0;
    loop {
        let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
        let answer = persist(buyer.post("/api/v1/orders", &order).key(fresh_key())).await;
        if answer.status == 201 {
            bought += 1;
        } else {
            answer.problem(409, "out-of-stock").at(&["/items/0/quantity"]);
            return bought;
        }
    }
}
