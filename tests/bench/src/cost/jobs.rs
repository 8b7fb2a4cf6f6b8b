//! The jobs that nobody's request makes run.

use anyhow::Result;
use builder_tests::ADMIN;
use builder_tests::aws::SIGNING_SECRET;
use serde_json::{Value, json};

use super::Bill;

/// The steps in which Secrets Manager has a secret rotated.
const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// Makes the first admin.
///
/// # Errors
/// When that fails.
pub(super) async fn first_admin(bill: &mut Bill) -> Result<()> {
    run(
        bill,
        "bootstrap-admin",
        "an operator, once",
        json!({ "email": ADMIN.0, "password": ADMIN.1 }),
    )
    .await
}

/// Runs the jobs of schedules and operators, twice each: what counts is the run that finds nothing
/// left to do.
///
/// # Errors
/// When one fails.
pub async fn schedules(bill: &mut Bill) -> Result<()> {
    for _ in 0..2 {
        run(bill, "expire-orders", "a schedule, nothing expired", json!({})).await?;
        run(bill, "delete-accounts", "a schedule, nobody's time has come", json!({})).await?;
        run(bill, "remind-overdue", "a schedule, nothing overdue", json!({})).await?;
        run(
            bill,
            "reconcile-payments",
            "a schedule, nothing differs",
            json!({ "since": "2026-01-01T00:00:00Z" }),
        )
        .await?;
        run(bill, "seal-audit", "a schedule, nothing new", json!({})).await?;
        run(bill, "verify-audit", "a schedule, the trail of this journey", json!({ "after": 0 }))
            .await?;
        run(bill, "reapply-erasures", "an operator, after two erasures", json!({})).await?;
        rotate(bill).await?;
    }
    Ok(())
}

async fn run(
    bill: &mut Bill,
    job: &'static str,
    cause: &'static str,
    payload: Value,
) -> Result<()> {
    bill.begin(&[job]).await;
    bill.stack.invoke(job, payload).await?;
    bill.end(cause, &[job]).await;
    Ok(())
}

async fn rotate(bill: &mut Bill) -> Result<()> {
    const JOB: &str = "rotate-signing-key";
    let rotation = format!("{:032x}", fastrand::u128(..));
    bill.begin(&[JOB]).await;
    for step in STEPS {
        let event = json!({ "Step": step, "SecretId": SIGNING_SECRET, "ClientRequestToken": rotation, "RotationToken": "ours" });
        bill.stack.invoke(JOB, event).await?;
    }
    bill.end("Secrets Manager, all four steps", &[JOB]).await;
    Ok(())
}
