//! No import cycles: no file imports, directly or indirectly, a file that imports it. The same
//! holds between neighbours, the folders and single files in one folder.
//!
//! A file may import from its own modules; a module's import from the file that declares it counts.
//! Tests may import anything, so they are excluded.

use std::collections::{BTreeMap, BTreeSet};

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ItemMod, ItemUse, Path, Token, UseTree, Visibility};

use crate::sources::{Source, rust};

/// A path of modules below the crate: `["users", "store"]`.
type Module = Vec<String>;
/// Imported modules by importing module.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// One crate: its files by module, and the names that they re-export.
#[derive(Default)]
struct Crate {
    files: BTreeMap<Module, Found>,
}

/// The paths in a file.
#[derive(Default)]
struct Found {
    /// Paths from the crate's root.
    paths: BTreeSet<Module>,
    /// Imported names: by name, the path from the crate's root.
    names: BTreeMap<String, Module>,
}

/// Collects the paths in a file.
struct Reader {
    /// The module that is being read, including inline modules.
    module: Module,
    found: Found,
}

impl Reader {
    /// Returns the path from the crate's root of one that begins with `crate`, `self` or `super`.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&self.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|segment| *segment == "super").count();
                let kept = self.module.len().checked_sub(ups)?;
                Some([&self.module[..kept], &path[ups..]].concat())
            }
            _ => None,
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        match tree {
            UseTree::Path(path) => {
                self.import(&path.tree, &[before, &[path.ident.to_string()]].concat(), is_public)
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before, is_public))
            }
            UseTree::Name(name) => self.name(before, &name.ident, &name.ident, is_public),
            UseTree::Rename(rename) => self.name(before, &rename.ident, &rename.rename, is_public),
            UseTree::Glob(_) => self.found.paths.extend(self.absolute(before)),
        }
    }

    fn name(&mut self, before: &[String], ident: &Ident, name: &Ident, is_public: bool) {
        let mut path = before.to_vec();
        if ident != "self" {
            path.push(ident.to_string());
        }
        let absolute = self.absolute(&path);
        if is_public {
            // `pub use child::Name` needs no `self::`.
            let target = absolute.clone().unwrap_or_else(|| [&self.module[..], &path].concat());
            self.found.names.insert(name.to_string(), target);
        }
        self.found.paths.extend(absolute);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
                .is_ok_and(|paths| paths.iter().any(|path| path.is_ident("test")))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.found.paths.extend(self.absolute(&segments));
        visit::visit_path(self, path);
    }
}

impl Crate {
    fn read(root: &str, sources: &[Source]) -> Self {
        let mut files = BTreeMap::new();
        for source in sources {
            let Some(path) = source.path.strip_prefix(root) else { continue };
            let mut module: Module = path
                .trim_matches('/')
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            if module
                .iter()
                .any(|name| name == "tests" || name == "bin" || name.ends_with("_tests"))
            {
                continue;
            }
            if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                module.pop();
            }
            let file = syn::parse_file(&source.text)
                .unwrap_or_else(|error| panic!("{}: {error}", source.path));
            let mut reader = Reader { module: module.clone(), found: Found::default() };
            reader.visit_file(&file);
            files.insert(module, reader.found);
        }
        Self { files }
    }

    /// Returns the file that a path refers to, also through re-exports.
    fn file_of(&self, path: &[String]) -> Option<&Module> {
        let (mut path, mut given_on) = (path.to_vec(), 0);
        loop {
            let length =
                (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
            let (module, found) = self.files.get_key_value(&path[..length])?;
            match path.get(length).and_then(|name| found.names.get(name)) {
                // Re-exports in a cycle would lead nowhere, but the compiler refuses them.
                Some(target) if given_on < 10 && *target != path => {
                    path = [&target[..], &path[length + 1..]].concat();
                    given_on += 1;
                }
                _ => return Some(module),
            }
        }
    }

    fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (module, found) in &self.files {
            let files = found.paths.iter().filter_map(|path| self.file_of(path));
            let others = files.filter(|file| !file.starts_with(module)).cloned();
            imports.insert(module.clone(), others.collect());
        }
        imports
    }
}

/// Returns the modules of each folder, with their imports from the same folder.
fn neighbours(imports: &Imports) -> BTreeMap<Module, Imports> {
    let mut folders: BTreeMap<Module, Imports> = BTreeMap::new();
    for (from, files) in imports {
        for to in files {
            let common = from.iter().zip(to).take_while(|(left, right)| left == right).count();
            // A module's import from the file that declares it doesn't count between neighbours.
            if let (Some(left), Some(right)) = (from.get(common), to.get(common)) {
                let folder = folders.entry(from[..common].to_vec()).or_default();
                folder.entry(vec![left.clone()]).or_default().insert(vec![right.clone()]);
            }
        }
    }
    folders
}

/// Returns the modules in a cycle, or on a path between two cycles.
fn circles(imports: &Imports) -> Imports {
    let mut left = imports.clone();
    loop {
        let imported: BTreeSet<Module> = left.values().flatten().cloned().collect();
        let before = left.len();
        left.retain(|module, imports| !imports.is_empty() && imported.contains(module));
        let kept: BTreeSet<Module> = left.keys().cloned().collect();
        left.values_mut().for_each(|imports| imports.retain(|import| kept.contains(import)));
        if left.len() == before && left.values().all(|imports| !imports.is_empty()) {
            return left;
        }
    }
}

fn shown(circles: &Imports) -> String {
    let name = |module: &Module| {
        if module.is_empty() { "the crate".to_owned() } else { module.join("::") }
    };
    let line = |(from, to): (&Module, &BTreeSet<Module>)| {
        format!("  {} imports {}\n", name(from), to.iter().map(name).collect::<Vec<_>>().join(", "))
    };
    circles.iter().map(line).collect()
}

/// Returns the sources of the crates: every folder with a `lib.rs` or a `main.rs`.
fn crates() -> BTreeMap<String, Vec<Source>> {
    let mut crates = BTreeMap::new();
    for folder in ["shared", "functions", "infra", "tests"] {
        for source in rust(folder) {
            if let Some((root, "lib.rs" | "main.rs")) = source.path.rsplit_once('/') {
                crates.insert(format!("{root}/"), rust(root));
            }
        }
    }
    crates
}

#[test]
fn files_and_folders_have_no_import_cycles() {
    let (mut count, mut faults) = (0, String::new());
    for (root, sources) in crates() {
        let imports = Crate::read(&root, &sources).imports();
        count += imports.values().map(BTreeSet::len).sum::<usize>();
        let mut found = shown(&circles(&imports));
        for (folder, neighbours) in neighbours(&imports) {
            let circles = shown(&circles(&neighbours));
            if !circles.is_empty() {
                found += &format!("  in {}{}:\n{circles}", root, folder.join("/"));
            }
        }
        if !found.is_empty() {
            faults += &format!("{root}\n{found}");
        }
    }
    assert!(faults.is_empty(), "circles:\n{faults}");
    assert!(count > 1_000, "only {count} imports were found");
}

#[test]
fn a_circle_is_found_through_names_that_others_give_on_and_between_folders() {
    let source =
        |path: &str, text: &str| Source { path: format!("x/{path}"), text: text.to_owned() };
    let imports = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files.iter().map(|(path, text)| source(path, text)).collect();
        Crate::read("x/", &sources).imports()
    };
    let through_names = imports(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod inner; pub use inner::Thing;"),
        ("a/inner.rs", "pub struct Thing; fn f() { crate::b::g() }"),
        ("b.rs", "use crate::a::Thing; #[cfg(test)] mod tests { use crate::c::C; }"),
        ("c.rs", "use super::b::g; pub struct C;"),
    ]);
    let on_it: Vec<String> =
        circles(&through_names).keys().map(|module| module.join("::")).collect();
    assert_eq!(on_it, ["a::inner", "b"]);

    let between_folders = imports(&[
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod low; mod high;"),
        ("a/low.rs", "pub struct Low;"),
        ("a/high.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::low::Low; pub struct B;"),
    ]);
    assert!(circles(&between_folders).is_empty());
    let folders = neighbours(&between_folders);
    assert_eq!(circles(&folders[&Module::new()]).len(), 2);
}
