//! Buckets and the objects in them.

use anyhow::{Result, bail};
use bytes::Bytes;
use serde_json::{Value, json};

use super::listing;
use super::requests::pretty;
use crate::console::answer::{Answer, Trouble, download as file};
use crate::console::parameters::{Parameters, encoded, link};
use crate::console::site::Site;

const HERE: &str = "/_local/buckets";
/// How many objects a page shows.
const SHOWN: usize = 200;
/// The maximum size of an object that is shown as text, in bytes.
const READABLE: usize = 256 * 1024;

/// `/_local/buckets`.
pub(in crate::console) async fn list(site: &Site) -> Answer {
    let xml = get(site, "/").await?.ok_or(Trouble::Missing)?;
    let names = listing::buckets(&String::from_utf8_lossy(&xml));
    let rows: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "href": link(&["buckets", name], &[]) }))
        .collect();
    site.page("buckets.html", "Buckets", HERE, json!({ "buckets": rows, "bucket": Value::Null }))
}

/// `/_local/buckets/{name}?prefix=&after=`: its objects, folder by folder.
pub(in crate::console) async fn show(site: &Site, bucket: &str, query: &Parameters) -> Answer {
    let (prefix, after) =
        (query.get("prefix").unwrap_or_default(), query.get("after").unwrap_or_default());
    let token = if after.is_empty() {
        String::new()
    } else {
        format!("continuation-token={}&", encoded(after))
    };
    let path = format!(
        "/{}?{token}delimiter=%2F&list-type=2&max-keys={SHOWN}&prefix={}",
        encoded(bucket),
        encoded(prefix)
    );
    let xml = get(site, &path).await?.ok_or(Trouble::Missing)?;
    let listing = listing::objects(&String::from_utf8_lossy(&xml));
    let shown = |key: &str| key.strip_prefix(prefix).unwrap_or(key).to_owned();
    let folders = listing
        .folders
        .iter()
        .map(|folder| json!({ "name": shown(folder), "href": link(&["buckets", bucket], &[("prefix", folder)]) }));
    let objects = listing.objects.iter().map(|object| {
        json!({
            "name": shown(&object.key),
            "href": link(&["buckets", bucket, "object"], &[("key", &object.key)]),
            "download": link(&["buckets", bucket, "download"], &[("key", &object.key)]),
            "size": object.size,
            "modified": object.modified.replace('T', " ").replace(".000Z", " UTC").replace('Z', " UTC"),
        })
    });
    let content = json!({
        "buckets": [],
        "bucket": bucket,
        "href": link(&["buckets", bucket], &[]),
        "path": path_of(bucket, prefix),
        "prefix": prefix,
        "folders": folders.collect::<Vec<_>>(),
        "objects": objects.collect::<Vec<_>>(),
        "next": listing.next.map(|next| link(&["buckets", bucket], &[("prefix", prefix), ("after", &next)])),
    });
    site.page("buckets.html", bucket, HERE, content)
}

/// `/_local/buckets/{name}/object?key=`: the content of a small text, otherwise only the size.
pub(in crate::console) async fn object(site: &Site, bucket: &str, query: &Parameters) -> Answer {
    let key = query.get("key").ok_or(Trouble::Missing)?;
    let bytes = read(site, bucket, key).await?;
    let text = std::str::from_utf8(&bytes)
        .ok()
        .filter(|text| bytes.len() <= READABLE && !text.contains('\0'));
    let folder = key.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
    let content = json!({
        "text": text.map(pretty).unwrap_or_default(),
        "lead": format!("{} bytes{}", bytes.len(), if text.is_none() { ", not shown as text" } else { "" }),
        "download": link(&["buckets", bucket, "download"], &[("key", key)]),
        "back": { "name": format!("{bucket}/{folder}"), "href": link(&["buckets", bucket], &[("prefix", &folder)]) },
    });
    site.page("text.html", key, HERE, content)
}

/// `/_local/buckets/{name}/download?key=`: downloads the object.
pub(in crate::console) async fn download(site: &Site, bucket: &str, query: &Parameters) -> Answer {
    let key = query.get("key").ok_or(Trouble::Missing)?;
    let bytes = read(site, bucket, key).await?;
    Ok(file(key.rsplit('/').next().unwrap_or(key), "application/octet-stream", bytes))
}

/// Returns the parent folders of a prefix, each with its URL.
fn path_of(bucket: &str, prefix: &str) -> Vec<Value> {
    let ends = prefix.match_indices('/').map(|(end, _)| end + 1);
    let mut from = 0;
    let folders = ends.map(|end| {
        let name = &prefix[from..end];
        from = end;
        json!({ "name": name, "href": link(&["buckets", bucket], &[("prefix", &prefix[..end])]) })
    });
    folders.collect()
}

async fn read(site: &Site, bucket: &str, key: &str) -> Result<Bytes, Trouble> {
    let key: Vec<String> = key.split('/').map(encoded).collect();
    get(site, &format!("/{}/{}", encoded(bucket), key.join("/"))).await?.ok_or(Trouble::Missing)
}

async fn get(site: &Site, path: &str) -> Result<Option<Bytes>> {
    let (status, body) = site.setup.aws.get(path).await?;
    match status.as_u16() {
        200 => Ok(Some(body)),
        404 => Ok(None),
        _ => bail!("the AWS endpoint answers {status} to GET {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_of_a_path_has_its_address() {
        let path = path_of("b", "a/b c/x");
        assert_eq!(path[0], json!({ "name": "a/", "href": "/_local/buckets/b?prefix=a%2F" }));
        assert_eq!(
            path[1],
            json!({ "name": "b c/", "href": "/_local/buckets/b?prefix=a%2Fb+c%2F" })
        );
        assert_eq!(path.len(), 2);
    }
}
