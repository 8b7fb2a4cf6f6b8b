// The baseline of the load benchmark: what one would write in an afternoon to take orders. Signed tokens, a limit per caller, stock
// that can't be oversold, keys against doubles; no events, no audit, no mail, no change feed.
'use strict';

const { randomUUID } = require('node:crypto');
const express = require('express');
const Redis = require('ioredis');
const jwt = require('jsonwebtoken');
const { Pool, types } = require('pg');

const SECRET = randomUUID();
const LIMIT = 100_000_000;

types.setTypeParser(types.builtins.INT8, Number);
const pool = new Pool({ host: process.env.PGHOST, database: 'postgres', user: process.env.PGUSER, max: 10 });
const redis = new Redis(process.env.REDIS_SOCKET);
const app = express();
app.use(express.json());

async function caller(request, response, next) {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    try {
        request.user = jwt.verify(scheme === 'Bearer' ? token : '', SECRET).sub;
    } catch {
        return response.status(401).json({ error: 'sign in' });
    }
    const key = `calls:${request.user}:${Math.floor(Date.now() / 3_600_000)}`;
    const [[, calls]] = await redis.multi().incr(key).expire(key, 3_600).exec();
    return calls > LIMIT ? response.status(429).json({ error: 'too many calls' }) : next();
}

async function transaction(work) {
    const client = await pool.connect();
    try {
        await client.query('BEGIN');
        const result = await work((name, text, values) => client.query({ name, text, values }));
        await client.query('COMMIT');
        return result;
    } catch (error) {
        await client.query('ROLLBACK');
        throw error;
    } finally {
        client.release();
    }
}

class Refused extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

async function place(query, user, key, items) {
    const ids = items.map((item) => item.productId);
    const { rows } = await query('products', 'SELECT * FROM products WHERE id = ANY ($1)', [ids]);
    const products = new Map(rows.map((row) => [row.id, row]));
    const lines = items.map(({ productId, quantity }) => {
        const product = products.get(productId);
        if (!product) throw new Refused(422, `there is no product ${productId}`);
        return { productId, quantity, name: product.name, unitPrice: product.unit_price, total: product.unit_price * quantity };
    });
    const net = lines.reduce((sum, line) => sum + line.total, 0);
    const tax = Math.round(lines.reduce((sum, line) => sum + line.total * Number(products.get(line.productId).tax_percent) / 100, 0));
    // In one order for everybody: who locks the same rows in another one waits for ever.
    for (const { productId, quantity } of [...lines].sort((a, b) => (a.productId < b.productId ? -1 : 1))) {
        const taken = await query('stock', 'UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2', [productId, quantity]);
        if (taken.rowCount === 0) throw new Refused(409, `${productId} is sold out`);
    }
    const order = { id: randomUUID(), userId: user, status: 'pending', currency: rows[0].currency, net, tax, total: net + tax, items: lines };
    if (key) {
        await query('key', 'INSERT INTO idempotency_keys (user_id, key, order_id) VALUES ($1, $2, $3)', [user, key, order.id]);
    }
    await query('order', 'INSERT INTO orders (id, user_id, status, currency, net, tax, total) VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        order.id, user, order.status, order.currency, net, tax, order.total,
    ]);
    await query(
        'items',
        `INSERT INTO order_items (order_id, position, product_id, name, quantity, unit_price, total)
         SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::bigint[])`,
        [
            order.id,
            lines.map((_, at) => at),
            ...['productId', 'name', 'quantity', 'unitPrice', 'total'].map((member) => lines.map((line) => line[member])),
        ],
    );
    return order;
}

app.post('/api/v1/auth/login', (request, response) => {
    const accessToken = jwt.sign({ sub: request.body.email }, SECRET, { expiresIn: '1h' });
    response.json({ data: { accessToken, refreshToken: randomUUID() } });
});

app.post('/api/v1/products', caller, async (request, response) => {
    const { sku, name, description, unitPrice, taxPercent, stock } = request.body;
    const id = randomUUID();
    const values = [id, sku, name, description, unitPrice.amount, unitPrice.currency, taxPercent, stock];
    await pool.query('INSERT INTO products VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', values);
    response.status(201).json({ data: { id } });
});

app.post('/api/v1/orders', caller, async (request, response) => {
    const { items } = request.body ?? {};
    if (!Array.isArray(items) || items.length === 0 || !items.every((item) => typeof item.productId === 'string' && item.quantity > 0)) {
        throw new Refused(422, 'items are missing');
    }
    const key = request.headers['idempotency-key'];
    response.status(201).json({ data: await transaction((query) => place(query, request.user, key, items)) });
});

app.get('/api/v1/orders/:id', caller, async (request, response) => {
    const [order, items] = await Promise.all([
        pool.query({ name: 'one', text: 'SELECT * FROM orders WHERE id = $1 AND user_id = $2', values: [request.params.id, request.user] }),
        pool.query({ name: 'its', text: 'SELECT * FROM order_items WHERE order_id = $1 ORDER BY position', values: [request.params.id] }),
    ]);
    if (order.rowCount === 0) throw new Refused(404, 'there is no such order');
    response.json({ data: { ...order.rows[0], items: items.rows } });
});

app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).json({ error: error.message });
});

const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
