//! Writes XML: elements, attributes and text, indented, with everything escaped.

pub(super) struct Writer {
    text: String,
    open: Vec<&'static str>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
            open: Vec::new(),
        }
    }

    /// Writes an element with the content from `content`, or nothing if that is empty.
    pub(super) fn element(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.element_with(name, "", content);
    }

    /// As `element`, with attributes exactly as in the tag.
    pub(super) fn element_with(
        &mut self,
        name: &'static str,
        attributes: &str,
        content: impl FnOnce(&mut Self),
    ) {
        let before = self.text.len();
        self.indent();
        self.push(&["<", name, attributes, ">\n"]);
        let inside = self.text.len();
        self.open.push(name);
        content(self);
        self.open.pop();
        if self.text.len() == inside {
            return self.text.truncate(before);
        }
        self.indent();
        self.push(&["</", name, ">\n"]);
    }

    /// Writes an element that is required even if empty.
    pub(super) fn empty(&mut self, name: &'static str) {
        self.indent();
        self.push(&["<", name, "/>\n"]);
    }

    /// Writes an element with text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        self.leaf(name, None, text);
    }

    /// Writes an element with text, if there is any.
    pub(super) fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// Writes an element with text and one attribute.
    pub(super) fn attributed(&mut self, name: &'static str, attribute: (&str, &str), text: &str) {
        self.leaf(name, Some(attribute), text);
    }

    fn leaf(&mut self, name: &'static str, attribute: Option<(&str, &str)>, text: &str) {
        self.indent();
        self.push(&["<", name]);
        if let Some((key, value)) = attribute {
            self.push(&[" ", key, "=\""]);
            self.escape(value);
            self.text.push('"');
        }
        self.text.push('>');
        self.escape(text.trim());
        self.push(&["</", name, ">\n"]);
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                // Parsers would normalise it to a line feed.
                '\r' => self.text.push_str("&#13;"),
                other => self.text.push(other),
            }
        }
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
    }

    fn indent(&mut self) {
        for _ in &self.open {
            self.text.push_str("  ");
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
