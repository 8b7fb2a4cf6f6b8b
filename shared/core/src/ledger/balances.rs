//! The sums of each day.

use std::collections::BTreeMap;

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::table::{Item, Table, number, numeric, text};
use jiff::civil::Date;
use strum::VariantArray;

use crate::keys;
use crate::ledger::posting::{Account, Posting, Side};
use crate::money::Currency;

/// More items than a month can have, for all days, shards and a hundred currencies.
const MAX_ITEMS: usize = 50_000;

/// Sums of a day and a currency.
type Sums = BTreeMap<(Account, Side), i64>;

/// The postings to an account on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The day, in the seller's time zone.
    pub day: Date,
    /// The account.
    pub account: Account,
    /// The currency of its amounts.
    pub currency: Currency,
    /// The sum of debits, in minor units.
    pub debit: i64,
    /// The sum of credits, in minor units.
    pub credit: i64,
}

/// Adds postings to the sums of a day in the seller's time zone. Call it at most once per commit:
/// the sums of a currency are one write.
///
/// `spread` selects the shard, so that concurrent movements rarely conflict. The bits of an ID are
/// suitable.
pub fn post<'a>(
    commit: &mut Commit,
    day: Date,
    spread: u128,
    postings: impl IntoIterator<Item = &'a Posting>,
) {
    let mut sums: BTreeMap<&'static str, (Currency, Sums)> = BTreeMap::new();
    for posting in postings {
        let (_, sums) =
            sums.entry(posting.currency.code()).or_insert_with(|| (posting.currency, Sums::new()));
        for entry in &posting.entries {
            *sums.entry((entry.account, entry.side)).or_default() += entry.amount;
        }
    }
    for (currency, sums) in sums.into_values().filter(|(_, sums)| !sums.is_empty()) {
        let added: Vec<String> = sums
            .keys()
            .map(|(account, side)| format!("{name} :{name}", name = column(*account, *side)))
            .collect();
        let values: Item = sums
            .iter()
            .map(|((account, side), amount)| {
                (format!(":{}", column(*account, *side)), numeric(*amount))
            })
            .collect();
        commit.add(
            keys::ledger_day(day, currency, spread),
            format!("ADD {}", added.join(", ")),
            values,
        );
    }
}

/// Returns the balances of a range of days, including both, by day, account and currency. Days
/// without postings are omitted.
///
/// # Errors
/// As [`Table::call`].
pub async fn balances(table: &Table, from: Date, to: Date) -> Result<Vec<Balance>> {
    let mut sums: BTreeMap<(Date, &'static str, Account), Balance> = BTreeMap::new();
    let mut month = from.first_of_month();
    while month <= to {
        let items = table.partition(&keys::ledger_month(month), "", None, MAX_ITEMS).await?.0;
        for item in &items {
            let (day, currency) = read_key(text(item, "sk")?)?;
            if day < from || day > to {
                continue;
            }
            for &account in Account::VARIANTS {
                let [debit, credit] = [Side::Debit, Side::Credit]
                    .map(|side| number(item, &column(account, side)).unwrap_or(0));
                if debit == 0 && credit == 0 {
                    continue;
                }
                let none = Balance { day, account, currency, debit: 0, credit: 0 };
                let sum = sums.entry((day, currency.code(), account)).or_insert(none);
                sum.debit += debit;
                sum.credit += credit;
            }
        }
        month = month.checked_add(jiff::Span::new().months(1)).map_err(Error::internal)?;
    }
    Ok(sums.into_values().collect())
}

fn column(account: Account, side: Side) -> String {
    let side = match side {
        Side::Debit => "Debit",
        Side::Credit => "Credit",
    };
    format!("{account}{side}")
}

/// Returns the day and the currency in a sort key of [`keys::ledger_day`].
fn read_key(sk: &str) -> Result<(Date, Currency)> {
    let mut parts = sk.split('#');
    let day = parts.next().and_then(|day| day.parse().ok());
    let currency = parts.next().and_then(Currency::from_code);
    day.zip(currency).ok_or_else(|| Error::internal("an item is not a day's balance"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;
    use builder_store::event::{Actor, Context};

    /// A payment in another currency than that of the account at the provider costs a fee in the
    /// account's.
    #[test]
    fn a_commit_can_post_amounts_in_two_currencies() {
        let of = |code, amount| Money::new(amount, Currency::from_code(code).unwrap());
        let paid =
            Posting::transfer(Account::ProviderBalance, Account::Receivables, of("USD", 1_000))
                .unwrap();
        let fee = Posting::transfer(Account::ProviderFees, Account::ProviderBalance, of("EUR", 40))
            .unwrap();
        let nothing =
            Posting::transfer(Account::ProviderFees, Account::ProviderBalance, of("CHF", 0))
                .unwrap();
        let context = Context {
            actor: Actor::System,
            at: jiff::Timestamp::UNIX_EPOCH,
            request_id: String::new(),
            traceparent: None,
        };
        let mut commit = Commit::new(&context);
        post(&mut commit, jiff::civil::date(2026, 12, 1), 1, [&paid, &fee, &nothing]);
        assert_eq!(commit.len(), 2);
    }
}
