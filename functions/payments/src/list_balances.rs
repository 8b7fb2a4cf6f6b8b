//! `GET /api/v1/ledger/balances`

use builder_core::keys::LEDGER;
use builder_core::ledger::{self, Account, Balance};
use builder_core::money::Currency;
use builder_core::settings::Settings;
use builder_identity::keys::SETTINGS;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Query, Reply, Resources, Result, Route};
use builder_store::error::{Error, Violation};
use garde::Validate;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The maximum number of days in one response.
const MOST_DAYS: i32 = 366;

/// The range of days.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListBalances {
    /// The first day; today if omitted.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-01")]
    from: Option<Date>,
    /// The last day; today if omitted.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-30")]
    to: Option<Date>,
}

/// Postings summed by day, account and currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerBalances {
    /// The first day.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    to: Date,
    /// One entry for each day, account and currency with postings.
    balances: Vec<BalanceView>,
}

/// The postings to an account on a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LedgerBalance)]
pub struct BalanceView {
    #[schema(value_type = String, format = Date, example = "2026-11-21")]
    day: Date,
    account: Account,
    currency: Currency,
    /// The sum of debits, in minor units.
    #[schema(example = 1999)]
    debit: i64,
    /// The sum of credits, in minor units.
    #[schema(example = 0)]
    credit: i64,
}

impl From<&Balance> for BalanceView {
    fn from(balance: &Balance) -> Self {
        let Balance { day, account, currency, debit, credit } = *balance;
        Self { day, account, currency, debit, credit }
    }
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-balances",
            "/api/v1/ledger/balances",
            Access::Permit(Permission::LedgerRead),
            list_balances,
        )
        .summary("List ledger balances")
        .description(
            "Returns the postings, summed by day, account and currency. Total debits equal total \
             credits.",
        ),
        Resources::new().get([SETTINGS]).query([LEDGER]),
    )
}

async fn list_balances(
    call: Call,
    Query(query): Query<ListBalances>,
) -> Result<Reply<LedgerBalances>> {
    let today = call.cached::<Settings>().await?.state.document.day(call.now());
    let (from, to) = (query.from.unwrap_or(today), query.to.unwrap_or(today));
    let days = (to - from).get_days();
    if !(0..MOST_DAYS).contains(&days) {
        let detail =
            format!("must not be before `from`, and the range at most {MOST_DAYS} days long");
        return Err(Error::Invalid(vec![Violation::new("?to", detail)]).into());
    }
    let balances = ledger::balances(call.table(), from, to).await?;
    Ok(Reply::ok(&LedgerBalances {
        from,
        to,
        balances: balances.iter().map(BalanceView::from).collect(),
    })?)
}
