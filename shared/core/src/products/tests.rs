//! The states that a product's events produce, and their stored form.

use builder_store::aggregate::{Aggregate, Versioned, fold};
use builder_store::error::Error;
use builder_store::event::chain::Link;
use builder_store::event::{Actor, Context};
use insta::assert_json_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::id::ProductId;
use crate::money::{Currency, Money};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn euro(amount: i64) -> Money {
    Money::new(amount, Currency::from_code("EUR").unwrap())
}

fn mug(stock: Option<u32>) -> NewProduct {
    NewProduct {
        sku: "MUG-BLUE".parse().unwrap(),
        name: "Blue mug".to_owned(),
        description: "Holds 330 ml.".to_owned(),
        unit_price: euro(1299),
        tax_percent: "19".parse().unwrap(),
        stock,
    }
}

fn id() -> ProductId {
    "prd_01h455vb4pex5vsknk084sn02q".parse().unwrap()
}

fn created(stock: Option<u32>) -> Product {
    Product::apply(None, &create(id(), mug(stock), at(0))).unwrap()
}

fn code(error: Error) -> &'static str {
    match error {
        Error::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_events_match_the_snapshots() {
    assert_json_snapshot!("product.created", create(id(), mug(Some(12)), at(0)));
    assert_json_snapshot!("product.created_untracked", create(id(), mug(None), at(0)));
    let change = ProductChange {
        unit_price: Some(euro(1499)),
        tax_percent: Some("7.5".parse().unwrap()),
        ..ProductChange::default()
    };
    assert_json_snapshot!("product.updated", update(&created(None), change, at(1)).unwrap());
    assert_json_snapshot!("product.archived", archive(&created(None), at(1)));
    assert_json_snapshot!(
        "product.stock_adjusted",
        adjust_stock(&created(Some(1)), -1, "broken".to_owned(), at(1)).unwrap()
    );
    assert_json_snapshot!("product_state", created(Some(12)));
}

#[test]
fn an_update_contains_only_changed_members() {
    let product = created(None);
    let same = ProductChange {
        sku: Some(product.sku.clone()),
        name: Some(product.name.clone()),
        ..ProductChange::default()
    };
    assert_eq!(update(&product, same.clone(), at(1)).unwrap(), []);
    let events =
        update(&product, ProductChange { description: Some(String::new()), ..same }, at(1))
            .unwrap();
    assert_eq!(
        serde_json::to_value(&events[0]).unwrap()["data"],
        json!({"description": "", "at": at(1)})
    );
    let after = Product::apply(Some(product.clone()), &events[0]).unwrap();
    assert_eq!(after, Product { description: String::new(), updated_at: at(1), ..product });
}

#[test]
fn archived_products_allow_only_stock_adjustments() {
    let archived = fold(Some(created(Some(1))), &archive(&created(Some(1)), at(1))).unwrap();
    assert_eq!(archived.status, ProductStatus::Archived);
    assert_eq!(archive(&archived, at(2)), []);
    assert_eq!(
        code(update(&archived, ProductChange::default(), at(2)).unwrap_err()),
        "product-archived"
    );
    assert!(adjust_stock(&archived, 1, "found one".to_owned(), at(2)).is_ok());
    assert_eq!(
        code(adjust_stock(&created(None), 1, "found one".to_owned(), at(2)).unwrap_err()),
        "stock-not-tracked"
    );
}

#[test]
fn changing_the_sku_claims_the_new_and_releases_the_old() {
    let context = Context {
        actor: Actor::System,
        at: at(0),
        request_id: "test".to_owned(),
        traceparent: None,
    };
    let (_, stocked) = store::create(&context, id(), mug(Some(3))).unwrap();
    assert_eq!((stocked.stock, stocked.product.version), (Some(3), 1));
    let change =
        ProductChange { sku: Some("MUG-RED".parse().unwrap()), ..ProductChange::default() };
    let (commit, after) = store::update(&context, &stocked.product, change.clone()).unwrap();
    let written = format!("{commit:?}");
    assert_eq!(
        (after.version, written.matches("UNIQUE#SKU#").count() >= 2),
        (2, true),
        "{written}"
    );
    let (commit, same) = store::update(&context, &after, change).unwrap();
    assert!(commit.is_empty());
    assert_eq!(same, after);
}

#[derive(Debug, Clone)]
enum Command {
    Update(ProductChange),
    Archive,
    Adjust(i64),
}

fn any_command() -> impl Strategy<Value = Command> {
    let maybe = |text: &'static str| prop::option::of(text);
    let change = (
        maybe("[A-C]{1,2}"),
        maybe("[a-z]{1,5}"),
        maybe("[ -~é]{0,9}"),
        prop::option::of(0..3i64),
        maybe("[1-9]\\.[0-9]{1,4}"),
    );
    prop_oneof![
        6 => change.prop_map(|(sku, name, description, price, rate)| Command::Update(ProductChange {
            sku: sku.map(|sku| sku.parse().unwrap()),
            name,
            description,
            unit_price: price.map(euro),
            tax_percent: rate.map(|rate| rate.parse().unwrap()),
        })),
        1 => Just(Command::Archive),
        2 => (-5..5i64).prop_map(Command::Adjust),
    ]
}

proptest! {
    #[test]
    fn stored_events_produce_the_state(tracked in any::<bool>(), commands in prop::collection::vec(any_command(), 0..20)) {
        let mut log = vec![create(id(), mug(tracked.then_some(5)), at(0))];
        let mut now = Versioned { state: fold(None, &log).unwrap(), version: 1, link: Link::NONE };
        for (second, command) in (1..).zip(commands) {
            let decided = match command {
                Command::Update(change) => update(&now.state, change, at(second)),
                Command::Archive => Ok(archive(&now.state, at(second))),
                Command::Adjust(delta) => adjust_stock(&now.state, delta, "count".to_owned(), at(second)),
            };
            let Ok(events) = decided else { continue };
            let state = fold(Some(now.state), &events).unwrap();
            now = Versioned { state, version: now.version + events.len() as u64, link: Link::NONE };
            log.extend(events);
        }
        let stored: Vec<String> = log.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let read: Vec<ProductEvent> = stored.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        prop_assert_eq!(fold(None, &read), Some(now.state.clone()));
        prop_assert_eq!(read.len() as u64, now.version);
        let text = serde_json::to_string(&now.state).unwrap();
        prop_assert_eq!(serde_json::from_str::<Product>(&text).unwrap(), now.state);
    }
}
