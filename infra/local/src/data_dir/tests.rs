use std::fs::{self, File};
use std::os::unix::fs::symlink;

use rusqlite::Connection;

use super::*;

/// A change to a data directory.
type Change<'a> = &'a dyn Fn(&Path);

/// Creates a directory with the data of an earlier stack and a user's own directory in it.
fn used() -> (tempfile::TempDir, PathBuf) {
    let base = tempfile::tempdir().unwrap();
    let path = base.path().join("data");
    let directory = DataDir::take(&path, false).unwrap();
    fs::create_dir_all(path.join("s3/bodies")).unwrap();
    for name in DATABASES {
        let connection = Connection::open(path.join(name)).unwrap();
        connection
            .execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES (hex(randomblob(20000)))")
            .unwrap();
    }
    fs::write(path.join("s3/bodies/invoice"), "%PDF").unwrap();
    directory.settle(Duration::ZERO).unwrap();
    (base, path)
}

fn refusal(path: &Path, fresh: bool) -> String {
    let error = DataDir::take(path, fresh).err().map(|error| format!("{error:#}")).unwrap();
    assert!(!error.contains('\n'), "{error}");
    error
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_foreign_directory_is_not_changed() {
    let base = tempfile::tempdir().unwrap();
    let repository = base.path().join("repository");
    fs::create_dir_all(repository.join(".git")).unwrap();
    fs::write(repository.join(".git/HEAD"), "ref").unwrap();
    fs::write(repository.join("template.yaml"), "Resources: {}").unwrap();
    symlink(&repository, base.path().join("link")).unwrap();
    fs::create_dir(base.path().join("empty")).unwrap();
    for name in
        ["repository", "repository/.", "empty/../repository", "repository/.git/..", "link", "."]
    {
        for fresh in [true, false] {
            let path = base.path().join(name);
            let before = names(&path);
            let refusal = refusal(&path, fresh);
            assert!(
                refusal.contains("was not created by a stack and is not empty"),
                "{name}: {refusal}"
            );
            assert!(
                refusal.contains("choose a new or empty directory with --data-dir"),
                "{name}: {refusal}"
            );
            assert_eq!(names(&path), before, "{name}");
        }
    }
    assert_eq!(fs::read_to_string(repository.join(".git/HEAD")).unwrap(), "ref");
}

#[test]
fn files_and_broken_links_are_rejected() {
    let base = tempfile::tempdir().unwrap();
    fs::write(base.path().join("file"), "mine").unwrap();
    symlink(base.path().join("nowhere"), base.path().join("link")).unwrap();
    assert!(refusal(&base.path().join("file"), true).contains("is a file, not a directory"));
    assert!(refusal(&base.path().join("file/below"), true).contains("cannot inspect"));
    assert!(refusal(&base.path().join("link"), true).contains("cannot inspect"));
    assert_eq!(fs::read_to_string(base.path().join("file")).unwrap(), "mine");
    assert!(!base.path().join("nowhere").exists());
}

#[test]
fn fresh_deletes_old_data_after_the_new_stack_has_started() {
    let (_base, path) = used();
    let directory = DataDir::take(&path, true).unwrap();
    assert_eq!(names(&path), ["discarded", "stack.json", "stack.lock"]);
    directory.settle(Duration::ZERO).unwrap();
    drop(directory);
    assert_eq!(names(&path), ["stack.json", "stack.lock"]);
}

#[test]
fn old_data_is_restored_when_a_fresh_start_fails() {
    let (_base, path) = used();
    let before = names(&path);
    drop(DataDir::take(&path, true).unwrap());
    fs::write(path.join("dynamodb.sqlite"), "of the start that failed").unwrap();
    fs::write(path.join("admin.json"), "of the start that failed").unwrap();
    DataDir::take(&path, false).unwrap();
    assert_eq!(names(&path), before);
    // Killed while the data was set aside.
    fs::create_dir(path.join("discarding")).unwrap();
    fs::rename(path.join("s3"), path.join("discarding/s3")).unwrap();
    DataDir::take(&path, false).unwrap();
    assert_eq!(names(&path), before);
    assert_eq!(fs::read_to_string(path.join("s3/bodies/invoice")).unwrap(), "%PDF");
    // Killed while the data was deleted.
    fs::create_dir(path.join("deleting")).unwrap();
    DataDir::take(&path, false).unwrap();
    assert_eq!(names(&path), before);
}

#[test]
fn fresh_refuses_when_something_else_is_in_the_directory() {
    let (base, path) = used();
    let elsewhere = base.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("mine"), "").unwrap();
    let foreign: [(&str, Change<'_>); 5] = [
        ("notes.txt", &|path| fs::write(path, "").unwrap()),
        ("src", &|path| fs::create_dir(path).unwrap()),
        ("other.sqlite", &|path| fs::write(path, "").unwrap()),
        ("checkpoints", &|path| symlink(&elsewhere, path).unwrap()),
        ("lambda.env", &|path| symlink(elsewhere.join("mine"), path).unwrap()),
    ];
    for (name, make) in foreign {
        let place = path.join(name);
        make(&place);
        let before = names(&path);
        let refusal = refusal(&path, true);
        assert!(refusal.contains(name) && refusal.ends_with("Nothing was deleted"), "{refusal}");
        assert_eq!(names(&path), before);
        // It may stay next to data, unless the stack would write through it.
        assert_eq!(DataDir::take(&path, false).is_err(), place.is_symlink(), "{name}");
        if place.is_dir() && !place.is_symlink() {
            fs::remove_dir(place).unwrap()
        } else {
            fs::remove_file(place).unwrap()
        }
    }
    assert_eq!(names(&elsewhere), ["mine"]);
}

#[test]
fn links_in_old_data_are_deleted_but_not_followed() {
    let (base, path) = used();
    fs::write(base.path().join("mine"), "").unwrap();
    symlink(base.path(), path.join("s3/bodies/out")).unwrap();
    DataDir::take(&path, true).unwrap().settle(Duration::ZERO).unwrap();
    assert!(base.path().join("mine").exists());
}

#[test]
fn missing_and_damaged_files_are_reported_with_path_and_advice() {
    let damages: [(&str, Change<'_>); 7] = [
        ("dynamodb.sqlite is missing", &|path| {
            fs::remove_file(path.join("dynamodb.sqlite")).unwrap()
        }),
        ("s3/index.sqlite is missing", &|path| {
            fs::remove_file(path.join("s3/index.sqlite")).unwrap()
        }),
        ("s3 is missing", &|path| fs::remove_dir_all(path.join("s3")).unwrap()),
        ("not an SQLite database", &|path| fs::write(path.join("services.sqlite"), "").unwrap()),
        ("not an SQLite database", &|path| {
            fs::write(path.join("services.sqlite"), [7; 9_000]).unwrap()
        }),
        ("it is damaged: 4096 bytes of", &|path| {
            File::options()
                .write(true)
                .open(path.join("dynamodb.sqlite"))
                .unwrap()
                .set_len(4_096)
                .unwrap();
        }),
        ("was not created by the stack", &|path| {
            fs::remove_file(path.join("dynamodb.sqlite")).unwrap();
            fs::create_dir(path.join("dynamodb.sqlite")).unwrap();
        }),
    ];
    for (told, damage) in damages {
        let (_base, path) = used();
        damage(&path);
        let refusal = refusal(&path, false);
        assert!(refusal.contains(told) && refusal.contains(path.to_str().unwrap()), "{refusal}");
        assert!(refusal.contains("--fresh") || refusal.contains("--data-dir"), "{refusal}");
    }
}

#[test]
fn data_of_another_format_is_refused_and_can_be_deleted() {
    let (_base, path) = used();
    let marker = fs::read_to_string(path.join("stack.json")).unwrap();
    fs::write(path.join("stack.json"), marker.replace("\"format\": 2", "\"format\": 7")).unwrap();
    let told = refusal(&path, false);
    assert!(told.contains("format 7") && told.contains("--fresh"), "{told}");
    DataDir::take(&path, true).unwrap().settle(Duration::ZERO).unwrap();
    DataDir::take(&path, false).unwrap();
    fs::write(path.join("stack.json"), "{").unwrap();
    assert!(refusal(&path, true).contains("stack.json is damaged"));
}

#[test]
fn a_directory_is_used_by_one_stack_at_a_time() {
    let (_base, path) = used();
    let _first = DataDir::take(&path, false).unwrap();
    assert!(refusal(&path, true).contains("in use by another stack"));
}
