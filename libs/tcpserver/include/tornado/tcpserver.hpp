#pragma once

#include "tornado/iostream/iostream.hpp"
#include "tornado/tcpserver/drain.hpp"
#include "tornado/tcpserver/proxy_protocol.hpp"
#include "tornado/tcpserver/serve.hpp"
#include "tornado/tcpserver/tcpserver.hpp"
