-- What wrk does with each connection, and the one line of JSON it prints at the end.
--     wrk -t1 -cCONNECTIONS ... -s load.lua URL -- DEPTH CONNECTIONS [BODY [CODING]]
-- DEPTH requests are written at once, and their answers awaited, before the next ones (1: no pipelining).
-- BODY is the size of the body that each POST has; without it, or with 0, there are GETs. CODING is what they accept.

local worker  -- the one thread, which holds what init has stored

function setup(thread)
    worker = thread
end

function init(args)
    depth, connections = tonumber(args[1]), tonumber(args[2])
    local body = tonumber(args[3] or 0)
    if args[4] then
        wrk.headers["Accept-Encoding"] = args[4]
    end
    if body > 0 then
        wrk.method, wrk.body = "POST", string.rep("x", body)
        local whole = wrk.format()
        request = function() return whole end
    end
    if depth > 1 then
        local batch = string.rep(wrk.format("GET"), depth)
        request = function() return batch end
    end
end

-- The 99th percentile of the measured latencies, in microseconds.
--
-- wrk itself adds to each latency n the made-up ones n-e, n-2e, ..., where e is the mean time between two
-- answers on a connection. With pipelining that e is DEPTH times too small, and wrk's own percentiles come
-- out wrong or 0. As larger values only ever add to smaller ones, going down from the largest undoes it.
local function p99(summary, latency)
    local answers = math.floor(summary.requests / worker:get("connections"))
    local step = math.floor(summary.duration / math.max(answers, 1))
    local wanted = summary.requests / worker:get("depth") / 100
    local made_up, slowest = {}, 0
    for i = #latency, 1, -1 do
        local value, count = latency(i)
        count = count - (made_up[value] or 0)
        slowest = slowest + count
        if slowest >= wanted then
            return value
        end
        for smaller = value - step, step + 1, -step do
            made_up[smaller] = (made_up[smaller] or 0) + count
        end
    end
    return 0
end

function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "bytes": %d, "p99_us": %d, '
            .. '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}}\n',
        summary.requests, summary.duration / 1e6, summary.bytes, p99(summary, latency),
        e.connect, e.read, e.write, e.timeout, e.status))
end
