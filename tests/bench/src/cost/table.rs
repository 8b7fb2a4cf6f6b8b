//! The bill as tables of Markdown.

use std::fmt;

use builder_tests::routes;

use super::Bill;

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| route | function | status | calls | read units | write units |")?;
        writeln!(f, "|---|---|--:|---|--:|--:|")?;
        let mut routes = routes();
        routes.sort_by_key(|route| (route.path, route.method.to_string()));
        for route in routes {
            let Some(cost) = self.routes.get(route.name) else { continue };
            let (status, calls) = (cost.status, &cost.calls);
            let method = if route.path == "$default" { "" } else { route.method.as_str() };
            let of_route = format!("{method} {}", route.path);
            writeln!(
                f,
                "| `{}` | {} | {status} | {calls} | {} | {} |",
                of_route.trim(),
                route.name,
                calls.read_units,
                calls.write_units
            )?;
        }
        writeln!(f)?;
        writeln!(f, "| job | run by | calls | read units | write units |")?;
        writeln!(f, "|---|---|---|--:|--:|")?;
        for (job, cost) in &self.jobs {
            let calls = &cost.calls;
            writeln!(
                f,
                "| {job} | {} | {calls} | {} | {} |",
                cost.cause, calls.read_units, calls.write_units
            )?;
        }
        Ok(())
    }
}
