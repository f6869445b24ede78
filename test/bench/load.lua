-- What wrk does with each connection, and the one line of JSON it prints at the end.
--     wrk ... -s load.lua URL -- DEPTH
-- DEPTH requests are written at once, and their answers awaited, before the next ones (1: no pipelining).

function init(args)
    local depth = tonumber(args[1]) or 1
    if depth > 1 then
        local batch = string.rep(wrk.format("GET"), depth)
        request = function() return batch end
    end
end

function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "bytes": %d, "p99_us": %d, '
            .. '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}}\n',
        summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(99),
        e.connect, e.read, e.write, e.timeout, e.status))
end
